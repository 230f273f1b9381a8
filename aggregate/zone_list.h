// The zones that a user names, one a line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "aggregate/zone_cuts.h"
#include "parse/dns_name.h"

namespace rcodescope {

// Immutable; safe to read from any thread.
class ZoneList {
 public:
  static constexpr size_t kMost = 262'144;

  // Reads a file of names in presentation form (RFC 1035 §5.1), with or without their last dot.
  // Blank lines and what follows a # are passed over. `secret` keys the table. NotFound or
  // InvalidArgument name the file and, where it is a line, the line.
  static absl::StatusOr<ZoneList> Load(const std::string& path, uint64_t secret);

  // The labels of the longest zone that holds `name`; ZoneCuts::kNone without one.
  int LongestOf(const LastLabels& name) const {
    return cuts_.LongestOf(ZoneCuts::kAnyServer, name, 0, 0);
  }

 private:
  explicit ZoneList(ZoneCuts cuts) : cuts_(std::move(cuts)) {}

  ZoneCuts cuts_;
};

}  // namespace rcodescope
