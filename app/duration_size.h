// Numbers, durations and sizes as people write them in options and configuration files.
//
// All are strict: no sign, no blanks, no fraction, nothing behind the unit. A failure is an
// InvalidArgument whose message says what is wrong with the text, without repeating it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace rcodescope {

// Decimal digits; `minimum` ≤ value ≤ `maximum`.
absl::StatusOr<uint64_t> ParseInteger(std::string_view text, uint64_t minimum, uint64_t maximum);

// Digits and one of ns, us, ms, s, m, h: "500ms", "2m". The result is in ns, from `minimum` to
// `maximum`.
absl::StatusOr<int64_t> ParseDuration(std::string_view text, int64_t minimum, int64_t maximum);

// Digits and nothing (bytes) or a binary unit, in full or as a letter: "64MiB", "1G", "4096".
// "MB" is refused: it would be read as either 10^6 or 2^20. The result is in bytes, from
// `minimum` to `maximum`.
absl::StatusOr<uint64_t> ParseSize(std::string_view text, uint64_t minimum, uint64_t maximum);

// As ParseSize takes it, in the largest unit that leaves no fraction: "64MiB", "1000".
std::string FormatSize(uint64_t bytes);

}  // namespace rcodescope
