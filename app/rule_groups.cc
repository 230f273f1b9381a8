#include "app/rule_groups.h"

#include <absl/status/status.h>
#include <yaml-cpp/yaml.h>

namespace rcodescope {

absl::StatusOr<std::vector<std::string>> RuleGroups(const std::string& path) {
  std::vector<std::string> names;
  try {
    for (const YAML::Node& group : YAML::LoadFile(path)["groups"]) {
      names.push_back(group["name"].as<std::string>());
    }
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(error.what());
  }
  return names;
}

}  // namespace rcodescope
