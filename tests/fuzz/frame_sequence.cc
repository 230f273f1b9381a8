#include "tests/fuzz/frame_sequence.h"

#include <algorithm>

#include "capture/bytes.h"

namespace rcodescope {
namespace {

constexpr size_t kFrameHead = 5;
constexpr unsigned kLinkTypes = static_cast<unsigned>(LinkType::kLinuxSll2) + 1;

}  // namespace

Packet FuzzFrame::PacketAt(std::span<const std::byte> at) const {
  Packet packet{.data = at.data(),
                .captured = static_cast<uint32_t>(at.size()),
                .wire = static_cast<uint32_t>(at.size() + missing),
                .link_type = static_cast<LinkType>((link & 0x7fU) % kLinkTypes)};
  if (link & 0x80) packet.stripped = {.tpid = 0x8100, .tci = 7};
  return packet;
}

std::vector<FuzzFrame> TakeFrames(std::span<const std::byte> input) {
  std::vector<FuzzFrame> frames;
  while (input.size() > kFrameHead && frames.size() < kMostFrames) {
    const size_t size = std::min<size_t>(Be16(&input[3]), input.size() - kFrameHead);
    const auto bytes = input.subspan(kFrameHead, size);
    frames.push_back({.link = std::to_integer<uint8_t>(input[0]),
                      .missing = std::to_integer<uint8_t>(input[1]),
                      .step = std::to_integer<uint8_t>(input[2]),
                      .bytes = Bytes(bytes.begin(), bytes.end())});
    input = input.subspan(kFrameHead + size);
  }
  return frames;
}

Bytes Wire(const std::vector<FuzzFrame>& frames) {
  Bytes wire;
  for (const FuzzFrame& frame : frames) {
    const Bytes head = Join(U8(frame.link), U8(frame.missing), U8(frame.step),
                            U16(static_cast<unsigned>(frame.bytes.size())));
    wire.insert(wire.end(), head.begin(), head.end());
    wire.insert(wire.end(), frame.bytes.begin(), frame.bytes.end());
  }
  return wire;
}

}  // namespace rcodescope
