#include "exporters/text_format.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

namespace rcodescope {
namespace {

// One number and what surrounds it.
template <typename... Args>
std::string Format(const char* format, Args... args) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, args...);
  return text.data();
}

}  // namespace

std::string Grouped(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t from_end = 3; from_end < text.size(); from_end += 4) {
    text.insert(text.size() - from_end, 1, ',');
  }
  return text;
}

std::string Grouped(int64_t number) {
  const auto bits = static_cast<uint64_t>(number);
  return number < 0 ? "-" + Grouped(0 - bits) : Grouped(bits);
}

std::string Percent(uint64_t part, uint64_t whole) {
  if (whole == 0) return {};
  if (part == 0) return "0.0%";
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (percent < 0.1) return "<0.1%";
  if (part < whole) return Format("%.1f%%", std::min(percent, 99.9));
  return Format("%.1f%%", percent);
}

std::string Rate(uint64_t events, int64_t nanoseconds) {
  if (nanoseconds <= 0) return {};
  const double rate = static_cast<double>(events) * 1e9 / static_cast<double>(nanoseconds);
  if (rate >= 99.95) return Grouped(static_cast<uint64_t>(rate + 0.5));
  return Format(rate >= 0.9995 || events == 0 ? "%.1f" : "%.3f", rate);
}

std::string Span(int64_t nanoseconds) {
  constexpr int64_t kSecond = 1'000'000'000;
  if (nanoseconds < kSecond) return Format("%.6g ms", static_cast<double>(nanoseconds) / 1e6);
  const int64_t whole = nanoseconds / kSecond;
  if (whole < 120) return Format("%.3f s", static_cast<double>(nanoseconds / 1'000'000) / 1e3);
  const int seconds = static_cast<int>(whole % 60);
  const int minutes = static_cast<int>(whole / 60 % 60);
  const int hours = static_cast<int>(whole / 3600 % 24);
  if (whole < 3600) return Format("%d min %02d s", minutes, seconds);
  if (whole < 86400) return Format("%d h %02d min %02d s", hours, minutes, seconds);
  return Format("%d d %02d h %02d min %02d s", static_cast<int>(whole / 86400), hours, minutes,
                seconds);
}

std::string Bytes(uint64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " B";
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  constexpr std::array<const char*, 6> kUnits = {"kB", "MB", "GB", "TB", "PB", "EB"};
  for (value /= 1000; value >= 999.95 && unit + 1 < kUnits.size(); value /= 1000) ++unit;
  return Format("%.1f %s", value, kUnits[unit]);
}

std::string Bar(uint64_t part, uint64_t whole, size_t cells) {
  if (part == 0 || whole == 0) return {};
  constexpr std::array<std::string_view, 8> kEighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const double share = std::min(1.0, static_cast<double>(part) / static_cast<double>(whole));
  const auto eighths =
      std::max<size_t>(1, static_cast<size_t>(share * static_cast<double>(cells) * 8 + 0.5));
  std::string bar;
  for (size_t i = 0; i < eighths / 8; ++i) bar += "█";
  return bar += kEighths[eighths % 8];
}

}  // namespace rcodescope
