// The most expensive messages that we know, and the measure for what they cost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rcodescope {

struct AdversarialMessage {
  std::string name;  // what it is full of, and its size at most
  std::vector<std::byte> bytes;
};

// Each kind as one datagram of an Ethernet frame, 1,472 bytes, and as the longest message.
std::vector<AdversarialMessage> AdversarialMessages();

// The sum of all bytes, taken byte by byte: not what a vector unit can do.
uint64_t ByteSum(std::span<const std::byte> bytes);

}  // namespace rcodescope
