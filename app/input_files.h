// Which files a replay reads.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace rcodescope {

// `paths` as they are; with `recursive`, a folder becomes the captures below it, in the order of
// their paths' bytes, in which rotated captures are in order of time. A capture is a regular file,
// or a link to one, with .pcap, .pcapng or .cap in its name, hidden ones and what is in hidden
// folders left out. Not OK, with the folder's name and the reason, where one cannot be read or has
// none.
absl::StatusOr<std::vector<std::string>> FindInputFiles(const std::vector<std::string>& paths,
                                                        bool recursive);

}  // namespace rcodescope
