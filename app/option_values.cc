#include "app/option_values.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "app/comma_list.h"
#include "app/quote.h"

namespace rcodescope {

absl::Status Prefixed(const std::string& words, const absl::Status& status) {
  return absl::InvalidArgumentError(absl::StrCat(words, status.message()));
}

absl::Status SetDuration(const std::string& value, int64_t minimum, int64_t maximum,
                         int64_t& target) {
  const absl::StatusOr<int64_t> duration = ParseDuration(value, minimum, maximum);
  if (duration.ok()) target = *duration;
  return duration.status();
}

absl::Status SetSize(const std::string& value, uint64_t minimum, uint64_t maximum,
                     uint64_t& target) {
  const absl::StatusOr<uint64_t> size = ParseSize(value, minimum, maximum);
  if (size.ok()) target = *size;
  return size.status();
}

absl::Status SetFlag(const std::string& value, bool& target) {
  if (value != "true" && value != "false") return absl::InvalidArgumentError("neither");
  target = value == "true";
  return absl::OkStatus();
}

absl::Status SetChoice(const std::string& value, std::initializer_list<const char*> choices,
                       std::string& target) {
  for (const char* choice : choices) {
    if (value == choice) {
      target = value;
      return absl::OkStatus();
    }
  }
  return absl::InvalidArgumentError("none of the choices");
}

absl::Status SetPath(const std::string& value, std::string& target) {
  if (value.empty()) return absl::InvalidArgumentError("empty");
  if (value.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError("holds a zero byte");
  }
  target = value;
  return absl::OkStatus();
}

absl::Status SetPaths(const std::string& value, std::vector<std::string>& target) {
  std::vector<std::string> paths;
  for (const std::string& part : SplitAtCommas(value)) {
    std::string path;
    const absl::Status status = SetPath(part, path);
    if (!status.ok()) return status;
    if (std::find(paths.begin(), paths.end(), path) != paths.end()) {
      return absl::InvalidArgumentError(Quote(path) + " stands there twice");
    }
    paths.push_back(std::move(path));
  }
  target = std::move(paths);
  return absl::OkStatus();
}

absl::Status SetOutput(const std::string& value, std::string& target) {
  if (value != "off") return SetPath(value, target);
  target.clear();
  return absl::OkStatus();
}

}  // namespace rcodescope
