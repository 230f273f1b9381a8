#include "exporters/time_format.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace rcodescope {

std::string Rfc3339(Timestamp time) { return Rfc3339(time, 9); }

std::string Rfc3339(Timestamp time, int digits) {
  namespace chrono = std::chrono;
  // Rounded down by hand: std::chrono::floor overflows at the range's lower end.
  int64_t seconds = time.ns / kNanosPerSecond;
  int64_t fraction = time.ns % kNanosPerSecond;
  if (fraction < 0) {
    --seconds;
    fraction += kNanosPerSecond;
  }
  const chrono::sys_seconds second{chrono::seconds{seconds}};
  const auto day = chrono::floor<chrono::days>(second);
  const chrono::year_month_day date{day};
  const chrono::hh_mm_ss clock{second - day};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%09d",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(fraction));
  std::string result = text.data();
  constexpr size_t kWithoutFraction = 19;
  const size_t kept = digits == 0 ? 0 : static_cast<size_t>(digits) + 1;  // 1: the point
  result.resize(kWithoutFraction + kept);
  return result + "Z";
}

}  // namespace rcodescope
