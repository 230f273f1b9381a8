// Which files a replay reads.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "app/options.h"

namespace rcodescope {

// What a replay is to read, and what does not go with it.
absl::Status CheckInputs(const Options& options);

// Whether a file of this name (without folders) is a capture: not hidden, and with .pcap, .pcapng
// or .cap in it.
bool IsNamedLikeACapture(const std::string& name);

// `paths` as they are; with `recursive`, a folder becomes the captures below it, in the order of
// their paths' bytes, in which rotated captures are in order of time. A capture is a regular file,
// or a link to one, that is named like one; what is in hidden folders is left out. Not OK, with the
// folder's name and the reason, where one cannot be read or has none.
absl::StatusOr<std::vector<std::string>> FindInputFiles(const std::vector<std::string>& paths,
                                                        bool recursive);

// InvalidArgument, with both names, where one of `files` would be overwritten while they are read.
absl::Status CheckWritten(const Options& options, const std::vector<std::string>& files);

}  // namespace rcodescope
