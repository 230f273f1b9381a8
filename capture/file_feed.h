// Where a FileSource gets files that nobody could list beforehand, and how those grow.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "capture/byte_input.h"

namespace rcodescope {

// One thread takes and reads; Stop is for any.
class FileFeed {
 public:
  struct File {
    std::string name;
    absl::StatusOr<std::unique_ptr<ByteInput>> input;  // NotFound: it is gone
  };

  virtual ~FileFeed() = default;

  // Waits for the next file. Empty at the end, for good.
  virtual std::optional<File> Take() = 0;

  // The file that was taken last has been read, and had so many frames.
  virtual void Done(uint64_t frames) = 0;

  // Nothing is waited for any more: the feed ends behind what is there.
  virtual void Stop() = 0;
};

}  // namespace rcodescope
