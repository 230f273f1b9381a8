// Which interface a frame came from, told by the kernel's number in it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "capture/packet.h"

namespace rcodescope {

// Numbers of interfaces that were deleted stay known for a while: frames of theirs may still wait
// in a ring. One thread adds, any thread looks up.
class InterfaceIndex {
 public:
  struct Entry {
    uint16_t interface = 0;
    LinkType link_type = LinkType::kUnsupported;
  };

  void Add(int index, Entry entry) {
    const uint64_t packed = uint64_t{static_cast<uint32_t>(index)} << 32 |
                            uint64_t{entry.interface} << 8 | static_cast<uint64_t>(entry.link_type);
    entries_[next_++ % kKept].store(packed, std::memory_order_release);
  }

  Entry Find(int index) const {
    for (const auto& entry : entries_) {
      const uint64_t packed = entry.load(std::memory_order_acquire);
      if (packed >> 32 == static_cast<uint32_t>(index)) {
        return {static_cast<uint16_t>(packed >> 8), static_cast<LinkType>(packed & 0xff)};
      }
    }
    return {};
  }

 private:
  static constexpr size_t kKept = 256;

  std::array<std::atomic<uint64_t>, kKept> entries_{};
  size_t next_ = 0;
};

}  // namespace rcodescope
