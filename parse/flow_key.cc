#include "parse/flow_key.h"

#include <array>
#include <bit>

#include "parse/keyed_hash.h"

namespace rcodescope {
namespace {

uint64_t HostHash(const IpAddress& host, uint64_t key) {
  const auto words = std::bit_cast<std::array<uint64_t, 2>>(host);
  return KeyedHash64(words[0], words[1], key, 0x9e37'79b9'7f4a'7c15);
}

}  // namespace

uint64_t FlowHash(const Packet& packet, const FrameOptions& options, uint64_t key) {
  Dissection dissection;
  DissectFrame(packet, options, dissection);
  const Segment& segment = dissection.segment;
  if (segment.source_address == nullptr) return 0;
  // A sum does not tell which is which.
  return HostHash(segment.source(), key) + HostHash(segment.destination(), key);
}

}  // namespace rcodescope
