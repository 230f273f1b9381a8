#include "parse/flow_key.h"

#include <array>
#include <utility>

#include "parse/keyed_hash.h"

namespace rcodescope {

uint64_t FlowHash(const Packet& packet, const FrameOptions& options, uint64_t key) {
  Dissection dissection;
  DissectFrame(packet, options, dissection);
  const Segment& segment = dissection.segment;
  if (segment.source_address == nullptr) return 0;
  std::array<IpAddress, 2> hosts = {segment.source(), segment.destination()};
  if (hosts[1] < hosts[0]) std::swap(hosts[0], hosts[1]);
  return KeyedHash64(hosts.data(), sizeof(hosts), key);
}

}  // namespace rcodescope
