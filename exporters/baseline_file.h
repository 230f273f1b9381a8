// A baseline as a JSON file.
#pragma once

#include <string>

#include <absl/status/statusor.h>

#include "aggregate/baseline.h"

namespace rcodescope {

std::string BaselineText(const Baseline& baseline);

// Reads what BaselineText has written. NotFound: no such file. InvalidArgument: not such a text;
// says what is wrong with it.
absl::StatusOr<Baseline> ReadBaseline(const std::string& path);

}  // namespace rcodescope
