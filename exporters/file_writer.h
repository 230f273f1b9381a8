// Reports to files: whole or not at all.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <absl/status/status.h>

namespace rcodescope {

// Makes `content` the content of the file `path`.
//
// A regular file is replaced at once: the content goes to a temporary file beside it, is synced,
// and renamed over it. On any error the old file stays as it was and the temporary one is removed.
// The old file's permission bits are kept; a symbolic link is followed, not replaced. A device,
// FIFO or the like is written directly. "-" is standard output.
//
// Errors have the status code of the operating system's error and name the path and its reason.
absl::Status WriteWhole(const std::string& path, const std::string& content);

// The same with content that `produce` gives to a sink, piece by piece; it ends early, with false,
// when the sink refuses.
using ContentSink = std::function<bool(std::string_view)>;
using ContentProducer = std::function<bool(const ContentSink&)>;
absl::Status WriteWhole(const std::string& path, const ContentProducer& produce);

}  // namespace rcodescope
