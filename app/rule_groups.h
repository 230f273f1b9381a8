// What is in a file of Prometheus rules, as far as the order of evaluation needs it.
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>

namespace rcodescope {

// The names of its groups, in order. InvalidArgument: it is not the YAML that rules are.
absl::StatusOr<std::vector<std::string>> RuleGroups(const std::string& path);

}  // namespace rcodescope
