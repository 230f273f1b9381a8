// How values of options are taken over, for the tables of options. Each answers with
// InvalidArgument and leaves its target as it was when the value is not allowed.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "app/duration_size.h"

namespace rcodescope {

// The same status with words before its own.
absl::Status Prefixed(const std::string& words, const absl::Status& status);

template <typename T>
absl::Status SetInteger(const std::string& value, uint64_t minimum, uint64_t maximum, T& target) {
  const absl::StatusOr<uint64_t> number = ParseInteger(value, minimum, maximum);
  if (!number.ok()) return number.status();
  target = static_cast<T>(*number);
  return absl::OkStatus();
}

absl::Status SetDuration(const std::string& value, int64_t minimum, int64_t maximum,
                         int64_t& target);
absl::Status SetSize(const std::string& value, uint64_t minimum, uint64_t maximum,
                     uint64_t& target);
absl::Status SetFlag(const std::string& value, bool& target);
absl::Status SetChoice(const std::string& value, std::initializer_list<const char*> choices,
                       std::string& target);
absl::Status SetPath(const std::string& value, std::string& target);
// Paths, separated by commas, each once.
absl::Status SetPaths(const std::string& value, std::vector<std::string>& target);
// A path, or "off" for none.
absl::Status SetOutput(const std::string& value, std::string& target);

}  // namespace rcodescope
