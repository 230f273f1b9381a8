// Fragments as the frame reader hands them out, and datagrams that were put together from them.
#include <string>

#include <gtest/gtest.h>

#include "tests/parse/decode.h"
#include "tests/support/tunnels.h"

namespace rcodescope {
namespace {

const Bytes kMessage = Wire(DnsMessage{.rcode = 3});

Bytes Captured(const Cursor& payload) {
  return {payload.captured().begin(), payload.captured().end()};
}

TEST(Fragment, OfIpv4HasWhatItsHeaderSays) {
  const Bytes payload = Fill(64, 7);
  const Ipv4Fields fields{.options = Fill(4, 1), .fragment = kMoreFragments | 0x1234};
  const Frame frame(Ethernet(Ipv4({17, payload}, fields), {.tags = {{kVlanTpid, 12}}}));
  const Dissected seen = Dissect(frame.packet);
  ASSERT_EQ(seen.content, Content::kFragment);
  const IpFragment& fragment = seen.fragment;
  EXPECT_EQ(fragment.family, Family::kIpv4);
  EXPECT_EQ(IpAddress::FromIpv4(fragment.source_address).ToString(), "192.0.2.53");
  EXPECT_EQ(IpAddress::FromIpv4(fragment.destination_address).ToString(), "198.51.100.7");
  EXPECT_EQ(fragment.protocol, 17);
  EXPECT_EQ(fragment.id, 0x4242u);
  EXPECT_EQ(fragment.offset, 0x1234u * 8);
  EXPECT_TRUE(fragment.more);
  EXPECT_EQ(fragment.tap, (Tap{.vlan = 12}));
  EXPECT_EQ(Captured(fragment.payload), payload);
}

TEST(Fragment, OfIpv6HasWhatItsHeaderSays) {
  const Bytes payload = Fill(64, 7);
  const Frame frame(
      Ethernet(Ipv6({6, payload}, {.extensions = {HopByHop(), FragmentHeader(0x1fff, false)}})));
  const Dissected seen = Dissect(frame.packet);
  ASSERT_EQ(seen.content, Content::kFragment);
  const IpFragment& fragment = seen.fragment;
  EXPECT_EQ(fragment.family, Family::kIpv6);
  EXPECT_EQ(IpAddress::FromIpv6(fragment.source_address).ToString(), "2001:db8::53");
  EXPECT_EQ(fragment.protocol, 6);
  EXPECT_EQ(fragment.id, 0x42424242u);
  EXPECT_EQ(fragment.offset, 0x1fffu * 8);
  EXPECT_FALSE(fragment.more);
  EXPECT_EQ(Captured(fragment.payload), payload);
}

TEST(Fragment, CutByTheSnapLengthKnowsItsLengthOnTheWire) {
  const Bytes whole = Ethernet(Ipv4({17, Fill(64, 7)}, {.fragment = 9}));
  const Frame frame(Cut(whole, 14 + 20 + 10), LinkType::kEthernet,
                    static_cast<uint32_t>(whole.size()));
  const Dissected seen = Dissect(frame.packet);
  ASSERT_EQ(seen.content, Content::kFragment);
  EXPECT_EQ(seen.fragment.payload.captured().size(), 10u);
  EXPECT_EQ(seen.fragment.payload.wire(), 64u);
}

TEST(Fragment, InsideATunnelHasTheInnerAddressesAndTheTap) {
  const Bytes packet = Ipv4({17, Fill(64, 7)}, {.fragment = 9});
  const Frame frame(Ethernet(Outer(ToPort(kVxlanPort, Vxlan(Ethernet(packet), 77)), true)));
  const Dissected seen = Dissect(frame.packet);
  ASSERT_EQ(seen.content, Content::kFragment);
  EXPECT_EQ(IpAddress::FromIpv4(seen.fragment.source_address).ToString(), "192.0.2.53");
  EXPECT_EQ(seen.fragment.tap, (Tap{.vni = 77, .depth = 1}));
  EXPECT_EQ(seen.segment.source_address, seen.fragment.source_address);
  EXPECT_EQ(DecodeFrame(frame.packet).disposition, Disposition::kFragmentIncomplete);
}

// What a fragment table does: the first fragment's fields, the payload of all.
struct PutTogether {
  Bytes bytes;
  IpFragment whole;
  PutTogether(const IpFragment& first, Bytes payload) : bytes(std::move(payload)), whole(first) {
    whole.payload = Cursor(bytes, bytes.size());
  }
};

Bytes PayloadOf(const Bytes& ip, size_t header) {
  return Bytes(ip.begin() + static_cast<std::ptrdiff_t>(header), ip.end());
}

void ExpectMessage(Content content, const Dissection& seen) {
  ASSERT_EQ(content, Content::kSegment) << kDispositionTable[static_cast<size_t>(seen.end)].name;
  EXPECT_EQ(Captured(seen.segment.payload), kMessage);
  EXPECT_TRUE(seen.segment.on_dns_port);
}

TEST(Datagram, GoesOnAboveIpv4) {
  const Bytes whole = PayloadOf(Ipv4(Udp(kMessage)), 20);
  Frame frame(Ethernet(Ipv4({17, Cut(whole, 16)}, {.fragment = kMoreFragments})));
  frame.packet.interface = 5;
  frame.packet.stripped = {kVlanTpid, 9};
  Dissected seen = Dissect(frame.packet);
  ASSERT_EQ(seen.content, Content::kFragment);
  const PutTogether datagram(seen.fragment, whole);
  const Content content = DissectDatagram(datagram.whole, DnsFrames(), seen);
  ExpectMessage(content, seen);
  EXPECT_EQ(seen.segment.source().ToString(), "192.0.2.53");
  EXPECT_EQ(seen.segment.destination().ToString(), "198.51.100.7");
  EXPECT_EQ(seen.segment.tap, (Tap{.interface = 5, .vlan = 9}));
}

TEST(Datagram, GoesOnWithIpv6ExtensionHeaders) {
  const Bytes whole = PayloadOf(Ipv6(Udp(kMessage), {.extensions = {DestinationOptions(3)}}), 40);
  const Frame frame(Ethernet(Ipv6({60, Cut(whole, 8)}, {.extensions = {FragmentHeader(0, true)}})));
  Dissected seen = Dissect(frame.packet);
  ASSERT_EQ(seen.content, Content::kFragment);
  seen.fragment.payload = Cursor(whole, whole.size());
  // The result's own fragment may be given.
  const Content content = DissectDatagram(seen.fragment, DnsFrames(), seen);
  ExpectMessage(content, seen);
  EXPECT_EQ(seen.segment.family, Family::kIpv6);
}

TEST(Datagram, GoesOnInsideATunnel) {
  // GRE around two fragments of a datagram that carries VXLAN around a fragment.
  const Bytes innermost = Ipv6(Udp(kMessage), {.extensions = {FragmentHeader(0, true)}});
  const Bytes whole = PayloadOf(
      Outer(ToPort(kVxlanPort, Vxlan(Ethernet(innermost, {.tags = {{kVlanTpid, 8}}}), 6))), 20);
  const Frame frame(
      Ethernet(Outer(Gre(0x0800, Ipv4({17, Cut(whole, 8)}, {.fragment = kMoreFragments})))));
  Dissected seen = Dissect(frame.packet);
  ASSERT_EQ(seen.content, Content::kFragment);
  EXPECT_EQ(seen.fragment.tap.depth, 1);
  const PutTogether outer(seen.fragment, whole);
  ASSERT_EQ(DissectDatagram(outer.whole, DnsFrames(), seen), Content::kFragment);
  EXPECT_EQ(seen.fragment.tap, (Tap{.vlan = 8, .vni = 6, .depth = 2}));
  const PutTogether inner(seen.fragment, PayloadOf(innermost, 48));
  const Content content = DissectDatagram(inner.whole, DnsFrames(), seen);
  ExpectMessage(content, seen);
  EXPECT_EQ(seen.segment.source().ToString(), "2001:db8::53");
  EXPECT_EQ(seen.segment.tap, (Tap{.vlan = 8, .vni = 6, .depth = 2}));
}

TEST(Datagram, DepthIsCountedAcrossFragments) {
  const Bytes carried = Outer(IpInIp(Ipv4(Udp(kMessage))));
  IpFragment whole{.source_address = carried.data() + 12,
                   .destination_address = carried.data() + 16,
                   .protocol = 4,
                   .tap = {.depth = kMostEncapsulations - 2},
                   .payload = Cursor(carried, carried.size())};
  Dissection seen;
  ExpectMessage(DissectDatagram(whole, DnsFrames(), seen), seen);
  EXPECT_EQ(seen.segment.tap.depth, kMostEncapsulations);
  whole.tap.depth = kMostEncapsulations - 1;
  EXPECT_EQ(DissectDatagram(whole, DnsFrames(), seen), Content::kNone);
  EXPECT_EQ(seen.end, Disposition::kTunnel);
}

TEST(Datagram, OfAFragmentOfItselfIsNotPutTogetherAgain) {
  const Bytes inside = Join(Hex("11 00 0001 00000001"), Udp(kMessage).bytes);
  const Frame frame(
      Ethernet(Ipv6({44, Cut(inside, 16)}, {.extensions = {FragmentHeader(0, true)}})));
  Dissected seen = Dissect(frame.packet);
  ASSERT_EQ(seen.content, Content::kFragment);
  const PutTogether datagram(seen.fragment, inside);
  EXPECT_EQ(DissectDatagram(datagram.whole, DnsFrames(), seen), Content::kNone);
  EXPECT_EQ(seen.end, Disposition::kFragmentIncomplete);
}

TEST(Datagram, CutAnywhereIsShortOrHasTheBytesThatAreLeft) {
  const Bytes packet = Ipv4(Udp(kMessage));
  const Bytes whole = PayloadOf(packet, 20);
  for (size_t size = 0; size <= whole.size(); ++size) {
    const Frame memory(Cut(whole, size));
    const IpFragment datagram{.source_address = packet.data() + 12,
                              .destination_address = packet.data() + 16,
                              .protocol = 17,
                              .payload = Cursor({memory.packet.data, size}, whole.size())};
    Dissection seen;
    const Content content = DissectDatagram(datagram, DnsFrames(), seen);
    EXPECT_EQ(content, size < 8 ? Content::kNone : Content::kSegment);
    if (size < 8) {
      EXPECT_EQ(seen.end, Disposition::kShortFrame);
    }
  }
}

}  // namespace
}  // namespace rcodescope
