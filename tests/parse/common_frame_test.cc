// The common frame is read in one go, all others layer by layer: whatever a frame's headers hold,
// the two say the same.
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/parse/decode.h"

namespace rcodescope {
namespace {

// Who watches a frame makes it be read layer by layer.
class Watcher final : public LayerTrace {
 public:
  void OnLayer(const TracedLayer&) override {}
};

std::string Told(const Dissected& told) {
  std::string all = std::to_string(static_cast<int>(told.content)) + ' ';
  if (told.content == Content::kNone) return all + std::to_string(static_cast<int>(told.end));
  if (told.content == Content::kFragment) {
    const IpFragment& fragment = told.fragment;
    return all + std::to_string(fragment.id) + ' ' + std::to_string(fragment.offset) + ' ' +
           std::to_string(fragment.more) + ' ' + std::to_string(fragment.payload.wire());
  }
  const Segment& segment = told.segment;
  all += segment.source().ToString() + ' ' + segment.destination().ToString();
  for (const size_t number :
       {size_t{segment.source_port}, size_t{segment.destination_port},
        static_cast<size_t>(segment.transport), static_cast<size_t>(segment.family),
        size_t{segment.on_dns_port}, size_t{segment.tap.vlan}, size_t{segment.tap.interface},
        segment.payload.captured().size(), segment.payload.wire()}) {
    all += ' ' + std::to_string(number);
  }
  return all;
}

void ExpectAlike(const Packet& packet) {
  Watcher watcher;
  FrameOptions by_layer = DnsFrames();
  by_layer.trace = &watcher;
  ASSERT_EQ(Told(Dissect(packet)), Told(Dissect(packet, by_layer)));
}

const Bytes kMessage = Wire(DnsMessage{.rcode = 3});

std::vector<Bytes> CommonFrames() {
  std::vector<Bytes> frames;
  for (const Bytes& packet : {Ipv4(Udp(kMessage)), Ipv6(Udp(kMessage))}) {
    for (const std::vector<VlanTag>& tags :
         {std::vector<VlanTag>{}, {{kVlanTpid, 0x0fff}}, {{kVlanTpid, 0xb007}}}) {
      frames.push_back(Ethernet(packet, {.tags = tags, .trailer = Fill(20, 0x55)}));
    }
  }
  // Identifications that end in 0, where a reader a byte off would see no fragment.
  for (const uint16_t fragment : {uint16_t{1}, uint16_t{2}, kMoreFragments, kDontFragment}) {
    frames.push_back(Ethernet(WithU16(Ipv4(Udp(kMessage), {.fragment = fragment}), 4, 0x1200)));
  }
  return frames;
}

constexpr size_t kHeaders = 14 + 4 + 40 + 8;

TEST(CommonFrame, WithAnyByteInItsHeadersIsReadAsByLayers) {
  for (const Bytes& frame : CommonFrames()) {
    Bytes changed = frame;
    const Packet packet{.data = reinterpret_cast<const std::byte*>(changed.data()),
                        .captured = static_cast<uint32_t>(changed.size()),
                        .wire = static_cast<uint32_t>(changed.size()),
                        .link_type = LinkType::kEthernet};
    for (size_t at = 0; at < kHeaders; ++at) {
      for (unsigned value = 0; value < 256; ++value) {
        changed[at] = std::byte(value);
        ExpectAlike(packet);
        if (HasFatalFailure()) FAIL() << "byte " << at << " is " << value;
      }
      changed[at] = frame[at];
    }
  }
}

TEST(CommonFrame, CutAnywhereIsReadAsByLayers) {
  for (const Bytes& frame : CommonFrames()) {
    for (size_t size = 0; size <= frame.size(); ++size) {
      SCOPED_TRACE(size);
      const Frame shorter(Cut(frame, size));
      ExpectAlike(shorter.packet);
      const Frame cut(Cut(frame, size), LinkType::kEthernet, static_cast<uint32_t>(frame.size()));
      ExpectAlike(cut.packet);
      if (HasFatalFailure()) return;
    }
  }
}

TEST(CommonFrame, WithAnyLengthsIsReadAsByLayers) {
  std::mt19937 random(1);
  for (const Bytes& frame : CommonFrames()) {
    for (unsigned length = 0; length < 2 * kHeaders + kMessage.size(); ++length) {
      const bool tagged = frame[12] == std::byte{0x81};
      const size_t ip = tagged ? 18 : 14;
      const bool ipv4 = (std::to_integer<unsigned>(frame[ip]) >> 4) == 4;
      const size_t udp = ip + (ipv4 ? 20 : 40);
      SCOPED_TRACE(length);
      const Frame in_ip(WithU16(frame, ip + (ipv4 ? 2 : 4), length));
      ExpectAlike(in_ip.packet);
      const Frame in_udp(WithU16(frame, udp + 4, length));
      ExpectAlike(in_udp.packet);
      const Frame in_both(WithU16(WithU16(frame, udp + 4, length), ip + (ipv4 ? 2 : 4),
                                  static_cast<unsigned>(random() % 200)));
      ExpectAlike(in_both.packet);
      if (HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace rcodescope
