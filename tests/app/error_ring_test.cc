// What is kept of the last error responses.
#include "app/error_ring.h"

#include <algorithm>
#include <array>
#include <vector>

#include <gtest/gtest.h>

namespace rcodescope {
namespace {

constexpr Rcode kServFail = {RcodeSpace::kDns, kRcodeServFail};
constexpr Rcode kRefused = {RcodeSpace::kDns, kRcodeRefused};

Packet PacketOf(const std::vector<std::byte>& bytes, uint64_t frame) {
  Packet packet;
  packet.data = bytes.data();
  packet.captured = static_cast<uint32_t>(bytes.size());
  packet.wire = packet.captured + 10;
  packet.frame = frame;
  return packet;
}

std::vector<uint64_t> FramesOf(const ErrorRing& ring, Rcode rcode) {
  std::vector<ErrorRing::Frame> frames;
  ring.CopyTo(rcode, frames);
  std::vector<uint64_t> numbers;
  for (const ErrorRing::Frame& frame : frames) numbers.push_back(frame.packet.frame);
  return numbers;
}

TEST(ErrorRing, HoldsTheLastOnesInOrder) {
  const std::vector<std::byte> bytes(60);
  ErrorRing ring(5);
  EXPECT_TRUE(FramesOf(ring, kServFail).empty());
  for (uint64_t frame = 1; frame <= 3; ++frame) ring.Keep(PacketOf(bytes, frame), kServFail);
  EXPECT_EQ(FramesOf(ring, kServFail), (std::vector<uint64_t>{1, 2, 3}));
  for (uint64_t frame = 4; frame <= 12; ++frame) {
    ring.Keep(PacketOf(bytes, frame), frame % 2 == 0 ? kServFail : kRefused);
  }
  EXPECT_EQ(FramesOf(ring, kServFail), (std::vector<uint64_t>{8, 10, 12}));
  EXPECT_EQ(FramesOf(ring, kRefused), (std::vector<uint64_t>{9, 11}));
  EXPECT_EQ(ring.missed(), 0U);
}

TEST(ErrorRing, KeepsTheBeginningOfAFrame) {
  std::vector<std::byte> bytes(ErrorRing::kKeptBytes + 1, std::byte{7});
  ErrorRing ring(2);
  ring.Keep(PacketOf(bytes, 1), kServFail);
  bytes.resize(20);
  std::fill(bytes.begin(), bytes.end(), std::byte{9});
  ring.Keep(PacketOf(bytes, 2), kServFail);
  std::vector<ErrorRing::Frame> frames;
  ring.CopyTo(kServFail, frames);
  ASSERT_EQ(frames.size(), 2U);
  const Packet first = frames[0].Whole();
  EXPECT_EQ(first.captured, ErrorRing::kKeptBytes);
  EXPECT_EQ(first.wire, ErrorRing::kKeptBytes + 11);
  EXPECT_EQ(first.data[ErrorRing::kKeptBytes - 1], std::byte{7});
  EXPECT_EQ(frames[1].Whole().captured, 20U);
  EXPECT_EQ(frames[1].Whole().data[19], std::byte{9});
}

}  // namespace
}  // namespace rcodescope
