// A list of frames as bytes of a fuzz input, and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "capture/packet.h"
#include "tests/support/wire.h"

namespace rcodescope {

// One frame.
struct FuzzFrame {
  uint8_t link = 1;     // the low 7 bits choose the link type, the top bit a stripped VLAN tag
  uint8_t missing = 0;  // bytes of the frame that the capture cut off
  uint8_t step = 0;     // time since the frame before: its cube, in milliseconds
  Bytes bytes;

  // `at`: the bytes that the packet borrows.
  Packet PacketAt(std::span<const std::byte> at) const;
};

inline constexpr size_t kMostFrames = 256;

// Each frame is link, missing, step, a length of 16 bits and its bytes; the last may be shorter.
std::vector<FuzzFrame> TakeFrames(std::span<const std::byte> input);
Bytes Wire(const std::vector<FuzzFrame>& frames);

}  // namespace rcodescope
