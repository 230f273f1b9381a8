// The bytes of a capture file, a pipe or a compressed file, as they come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace rcodescope {

// A window that moves over the (decompressed) bytes of one input. Not thread-safe.
class ByteInput {
 public:
  virtual ~ByteInput() = default;

  // The bytes that are in memory and not yet consumed.
  std::span<const std::byte> window() const { return {position_, end_}; }

  // Takes `count` bytes off the window; count ≤ window().size(). Pointers into it stay valid.
  void Consume(size_t count) { position_ += count; }

  // Tries to hold at least `want` bytes in the window. Moves the window: pointers into it become
  // invalid. False when the input has fewer bytes left, or on an error.
  virtual bool Refill(size_t want) = 0;

  // Position of the window's first byte in the decompressed input.
  virtual uint64_t offset() const = 0;

  // Bytes of the file (compressed ones, if so) read so far, and in all; 0 when unknown.
  virtual uint64_t file_position() const = 0;
  virtual uint64_t file_size() const = 0;

  // Behind a Refill that was false: true when the input ended because its stop descriptor said so.
  virtual bool stopped() const { return false; }

  // Likewise: OK unless a read failed or compressed data is damaged.
  virtual absl::Status status() const { return absl::OkStatus(); }

 protected:
  const std::byte* position_ = nullptr;
  const std::byte* end_ = nullptr;
};

// Knows of a file at its end whether it will grow.
class Growth {
 public:
  enum class Verdict : uint8_t {
    kGrown,        // there are bytes behind `position`
    kEnded,        // nothing will come
    kStopped,      // nobody waits any more; what has come may be half of something
    kOverwritten,  // what the file had there is gone
  };

  virtual ~Growth() = default;
  // Waits until it is known. `fd`: the file; `position`: how far it was read.
  virtual Verdict Await(int fd, uint64_t position) = 0;
};

// Opens `path` ("-" is standard input) and reads it block by block; what is compressed is told by
// its content, not by its name, and decompressed in bounded memory (see decompressor.h).
// When `stop_fd` (borrowed, -1: none) becomes readable, the input ends with what has been read, 1
// MiB at most. NotFound: no such file, a directory, not readable. Unavailable: a read failed.
// `read_ahead`: what is compressed is unpacked on a thread of its own.
absl::StatusOr<std::unique_ptr<ByteInput>> OpenByteInput(const std::string& path, int stop_fd,
                                                         bool read_ahead);

// The same of an open file, which it closes. With `growth` (borrowed; may be null), its end is
// where that says so; a file that was overwritten is DataLoss.
absl::StatusOr<std::unique_ptr<ByteInput>> StreamFile(int fd, Growth* growth);

}  // namespace rcodescope
