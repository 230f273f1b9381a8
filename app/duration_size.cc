#include "app/duration_size.h"

#include <array>
#include <charconv>
#include <limits>
#include <span>
#include <system_error>

#include "absl/status/status.h"

namespace rcodescope {
namespace {

struct Unit {
  std::string_view name;
  uint64_t factor;
};

constexpr std::array kDurationUnits = {
    Unit{"ns", 1},
    Unit{"us", 1'000},
    Unit{"ms", 1'000'000},
    Unit{"s", 1'000'000'000},
    Unit{"m", 60'000'000'000},
    Unit{"h", 3'600'000'000'000},
};

constexpr std::array kSizeUnits = {
    Unit{"", 1},
    Unit{"KiB", uint64_t{1} << 10},
    Unit{"K", uint64_t{1} << 10},
    Unit{"MiB", uint64_t{1} << 20},
    Unit{"M", uint64_t{1} << 20},
    Unit{"GiB", uint64_t{1} << 30},
    Unit{"G", uint64_t{1} << 30},
    Unit{"TiB", uint64_t{1} << 40},
    Unit{"T", uint64_t{1} << 40},
};

struct Leading {
  uint64_t number = 0;
  std::string_view rest;
};

// The digits that `text` begins with.
absl::StatusOr<Leading> ParseDigits(std::string_view text) {
  Leading leading;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, leading.number);
  if (error == std::errc::result_out_of_range) return absl::InvalidArgumentError("too large");
  if (error != std::errc()) return absl::InvalidArgumentError("not a number");
  leading.rest = text.substr(static_cast<size_t>(stop - text.data()));
  return leading;
}

absl::StatusOr<uint64_t> CheckRange(uint64_t value, uint64_t minimum, uint64_t maximum) {
  if (value < minimum) return absl::InvalidArgumentError("too small");
  if (value > maximum) return absl::InvalidArgumentError("too large");
  return value;
}

absl::StatusOr<uint64_t> ParseWithUnit(std::string_view text, std::span<const Unit> units,
                                       const char* unit_problem, uint64_t minimum,
                                       uint64_t maximum) {
  const absl::StatusOr<Leading> leading = ParseDigits(text);
  if (!leading.ok()) return leading.status();
  for (const Unit& unit : units) {
    if (unit.name != leading->rest) continue;
    if (leading->number > std::numeric_limits<uint64_t>::max() / unit.factor) {
      return absl::InvalidArgumentError("too large");
    }
    return CheckRange(leading->number * unit.factor, minimum, maximum);
  }
  return absl::InvalidArgumentError(unit_problem);
}

}  // namespace

absl::StatusOr<uint64_t> ParseInteger(std::string_view text, uint64_t minimum, uint64_t maximum) {
  const absl::StatusOr<Leading> leading = ParseDigits(text);
  if (!leading.ok()) return leading.status();
  if (!leading->rest.empty()) return absl::InvalidArgumentError("not a whole number");
  return CheckRange(leading->number, minimum, maximum);
}

absl::StatusOr<int64_t> ParseDuration(std::string_view text, int64_t minimum, int64_t maximum) {
  const absl::StatusOr<uint64_t> value =
      ParseWithUnit(text, kDurationUnits, "needs a unit: ns, us, ms, s, m or h",
                    static_cast<uint64_t>(minimum), static_cast<uint64_t>(maximum));
  if (!value.ok()) return value.status();
  return static_cast<int64_t>(*value);
}

absl::StatusOr<uint64_t> ParseSize(std::string_view text, uint64_t minimum, uint64_t maximum) {
  return ParseWithUnit(text, kSizeUnits, "unknown unit: take KiB, MiB, GiB or TiB", minimum,
                       maximum);
}

std::string FormatSize(uint64_t bytes) {
  const Unit* best = &kSizeUnits[0];
  for (const Unit& unit : kSizeUnits) {
    if (unit.factor > best->factor && bytes != 0 && bytes % unit.factor == 0) best = &unit;
  }
  return std::to_string(bytes / best->factor).append(best->name);
}

}  // namespace rcodescope
