// The last error responses that one worker has seen, with the frames in which they ended.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "capture/packet.h"
#include "parse/rcode.h"

namespace rcodescope {

// One writer, which never waits: what comes while another thread copies is not kept, and counted.
class ErrorRing {
 public:
  static constexpr size_t kKeptBytes = 512;  // of a frame

  struct Frame {
    Packet packet;  // without its bytes
    Rcode rcode;
    std::array<std::byte, kKeptBytes> bytes;

    // The packet, its bytes borrowed from here.
    Packet Whole() const;
  };

  // Takes its memory at once and makes it real. `frames`: at least 1.
  explicit ErrorRing(size_t frames);

  // The writer.
  void Keep(const Packet& packet, Rcode rcode);

  // Any thread: appends those with that code, in the order in which they came.
  void CopyTo(Rcode rcode, std::vector<Frame>& out) const;

  // Any thread: how many were not kept.
  uint64_t missed() const { return missed_.load(std::memory_order_relaxed); }

 private:
  mutable std::mutex mutex_;
  std::vector<Frame> frames_;
  size_t next_ = 0;
  size_t kept_ = 0;                  // up to the ring's size
  std::atomic<uint64_t> missed_{0};  // the writer's
};

}  // namespace rcodescope
