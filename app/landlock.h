// Landlock (landlock(7)): which files and ports the process can reach, whatever its user may.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rcodescope {

struct LandlockResult {
  bool files = false;  // no file can be opened but in the folders
  bool network =
      false;  // no other TCP port can be connected to, none be taken; kernel 6.7 and later
  std::string problem;  // why not both
};

// Restricts this thread and those it makes. All folders must exist. In those `to_write`, files can
// be made, written, replaced and removed, and the folder itself opened; in those `to_read`, files
// can be read; nowhere else can anything. Of TCP ports, `to_connect` can be connected to.
LandlockResult RestrictWithLandlock(const std::vector<std::string>& to_write,
                                    const std::vector<std::string>& to_read,
                                    const std::vector<uint16_t>& to_connect = {});

}  // namespace rcodescope
