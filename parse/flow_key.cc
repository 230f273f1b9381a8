#include "parse/flow_key.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "parse/frame.h"
#include "parse/keyed_hash.h"

namespace rcodescope {

uint64_t FlowHash(const Packet& packet, uint64_t key) {
  struct Endpoint {
    IpAddress address;
    uint16_t port;
    auto operator<=>(const Endpoint&) const = default;
  };
  Segment segment;
  const bool complete = !DissectFrame(packet, segment).has_value();
  if (segment.source_address == nullptr) return 0;
  Endpoint one{segment.source(), complete ? segment.source_port : uint16_t{0}};
  Endpoint two{segment.destination(), complete ? segment.destination_port : uint16_t{0}};
  if (two < one) std::swap(one, two);
  std::array<std::byte, 36> bytes;
  std::memcpy(bytes.data(), &one.address, 16);
  std::memcpy(bytes.data() + 16, &two.address, 16);
  std::memcpy(bytes.data() + 32, &one.port, 2);
  std::memcpy(bytes.data() + 34, &two.port, 2);
  return KeyedHash64(bytes.data(), bytes.size(), key);
}

}  // namespace rcodescope
