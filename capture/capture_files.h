// What a replay reads: capture files, as one packet source.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "capture/source.h"

namespace rcodescope {

// How far a replay is.
struct ReplayProgress {
  uint64_t bytes_read = 0;   // of all files, compressed bytes where they are
  uint64_t bytes_total = 0;  // 0 when unknown (a pipe is among the files)
  uint64_t packets = 0;
  size_t file = 0;  // ordinal of the file being read
};

class CaptureFiles : public PacketSource {
 public:
  // One entry for each path, in order; complete after kEnd.
  virtual const std::vector<InputFile>& files() const = 0;

  // Any thread: Poll soon answers kEnd, even while it waits for a pipe; what has been read from one
  // by then is still given out.
  virtual void Stop() = 0;

  // Any thread.
  virtual ReplayProgress progress() const = 0;
};

}  // namespace rcodescope
