#include "parse/flow_hasher.h"

#include <algorithm>
#include <bit>

#include "parse/common_frame.h"
#include "parse/fragment_table.h"
#include "parse/keyed_hash.h"

namespace rcodescope {
namespace {

constexpr size_t kBuckets = 4'096;
constexpr uint64_t kGolden = 0x9e37'79b9'7f4a'7c15;  // 2^64 / golden ratio

uint64_t HostHash(const IpAddress& host, uint64_t key) {
  const auto words = std::bit_cast<std::array<uint64_t, 2>>(host);
  return KeyedHash64(words[0], words[1], key, kGolden);
}

}  // namespace

FlowHasher::FlowHasher(const FrameOptions& options, uint64_t key)
    : options_(options), key_(key), known_(kBuckets) {}

Flow FlowHasher::Of(const Packet& packet) {
  told_count_ = 0;
  CommonFrame frame;
  if (!ReadCommonFrame(packet, frame) ||
      !options_.dns_ports->ContainsEither(frame.source_port(), frame.destination_port())) {
    return OfOther(packet);
  }
  return {.hash = HashOfHosts(IpAddress::From(frame.family, frame.source()),
                              IpAddress::From(frame.family, frame.destination()))};
}

Flow FlowHasher::OfOther(const Packet& packet) {
  Content content = DissectFrame(packet, options_, dissection_);
  Flow flow{.hash = HashOfHosts(dissection_.segment)};
  while (content == Content::kFragment && told_count_ < told_.size()) {
    const IpFragment fragment = dissection_.fragment;
    const uint64_t datagram = HashOfDatagram(fragment);
    if (fragment.offset != 0) {
      if (const Known* const known = Find(datagram, packet.time)) {
        flow = known->flow;
      } else {
        flow.awaits = datagram;
      }
      break;
    }
    told_[told_count_++] = datagram;
    content = DissectDatagram(fragment, options_, dissection_);
    flow.hash = HashOfHosts(dissection_.segment);
  }
  for (const uint64_t datagram : told()) Remember({datagram, flow, packet.time});
  return flow;
}

// A sum does not tell which is which.
uint64_t FlowHasher::HashOfHosts(const IpAddress& one, const IpAddress& other) const {
  return HostHash(one, key_) + HostHash(other, key_);
}

uint64_t FlowHasher::HashOfHosts(const Segment& segment) const {
  if (segment.source_address == nullptr) return 0;
  return HashOfHosts(segment.source(), segment.destination());
}

// What the fragments of a datagram have in common, see IpFragment; never 0.
uint64_t FlowHasher::HashOfDatagram(const IpFragment& fragment) const {
  const auto source = IpAddress::From(fragment.family, fragment.source_address);
  const auto destination = IpAddress::From(fragment.family, fragment.destination_address);
  const uint64_t protocol = fragment.family == Family::kIpv4 ? fragment.protocol : 0;
  const auto tap = std::bit_cast<std::array<uint64_t, 2>>(fragment.tap.Network());
  const uint64_t hosts =
      KeyedHash64(HostHash(source, key_), HostHash(destination, ~key_), key_, kGolden);
  const uint64_t network = KeyedHash64(tap[0], tap[1], key_, kGolden);
  return KeyedHash64(hosts ^ network, protocol << 32 | fragment.id, kGolden, key_) | 1;
}

// Null for one that is not known, or from too long ago to be the same.
const FlowHasher::Known* FlowHasher::Find(uint64_t datagram, Timestamp now) {
  for (const Known& known : BucketOf(datagram)) {
    if (known.datagram != datagram) continue;
    return now.ns - known.time.ns <= kFragmentTimeoutNs ? &known : nullptr;
  }
  return nullptr;
}

// In the place of the same, or of the oldest.
void FlowHasher::Remember(const Known& known) {
  Bucket& bucket = BucketOf(known.datagram);
  const auto same = std::find_if(bucket.begin(), bucket.end() - 1, [&](const Known& other) {
    return other.datagram == known.datagram;
  });
  std::move_backward(bucket.begin(), same, same + 1);
  bucket.front() = known;
}

}  // namespace rcodescope
