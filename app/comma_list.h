// Values of options that are lists with commas.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace rcodescope {

// At least one part, which may be empty.
std::vector<std::string> SplitAtCommas(const std::string& text);

// first ≤ last; both are meant.
struct NumberRange {
  uint64_t first = 0;
  uint64_t last = 0;
};

// Decimal numbers and ranges of them, as 53,8053-8060, in the order given. InvalidArgument when one
// is outside minimum to maximum, runs backwards or is none; `noun` says there what they number.
absl::StatusOr<std::vector<NumberRange>> ParseRanges(const std::string& text,
                                                     const std::string& noun, uint64_t minimum,
                                                     uint64_t maximum);

}  // namespace rcodescope
