// Landlock (landlock(7)): which files and ports the process can reach, whatever its user may.
#pragma once

#include <string>
#include <vector>

namespace rcodescope {

struct LandlockResult {
  bool files = false;    // no file can be opened but in the folders
  bool network = false;  // no TCP port can be connected to or taken; kernel 6.7 and later
  std::string problem;   // why not both
};

// Restricts this thread and those it makes. All folders must exist. In those `to_write`, files can
// be made, written, replaced and removed, and the folder itself opened; in those `to_read`, files
// can be read; nowhere else can anything.
LandlockResult RestrictWithLandlock(const std::vector<std::string>& to_write,
                                    const std::vector<std::string>& to_read);

}  // namespace rcodescope
