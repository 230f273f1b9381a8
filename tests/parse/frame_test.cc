// From frames to datagrams and segments.
#include "parse/frame.h"

#include <algorithm>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "tests/parse/decode.h"

namespace rcodescope {
namespace {

const Bytes kMessage = Wire(DnsMessage{.rcode = 3});

Bytes OverIpv4(const Ipv4Fields& fields = {}) { return Ipv4(Udp(kMessage), fields); }
Bytes OverIpv6(const std::vector<Ipv6Extension>& extensions = {}) {
  return Ipv6(Udp(kMessage), {.extensions = extensions});
}

// The message must come out whole, with the addresses and ports of the builders.
void ExpectMessage(const Packet& packet, Family family = Family::kIpv4, uint16_t vlan = 0) {
  const Dissected dissected = Dissect(packet);
  ASSERT_EQ(dissected.content, Content::kSegment)
      << kDispositionTable[static_cast<size_t>(dissected.end)].name;
  const Segment& segment = dissected.segment;
  const auto payload = segment.payload.captured();
  EXPECT_EQ(Bytes(payload.begin(), payload.end()), kMessage);
  EXPECT_EQ(segment.payload.wire(), kMessage.size());
  EXPECT_EQ(segment.family, family);
  EXPECT_EQ(segment.tap, Tap{.vlan = vlan});
  EXPECT_TRUE(segment.on_dns_port);
  EXPECT_EQ(segment.source_port, 53);
  EXPECT_EQ(segment.destination_port, kClientPort);
  EXPECT_EQ(segment.transport, Transport::kUdp);
  const bool ipv4 = family == Family::kIpv4;
  EXPECT_EQ(segment.source().ToString(), ipv4 ? "192.0.2.53" : "2001:db8::53");
  EXPECT_EQ(segment.destination().ToString(), ipv4 ? "198.51.100.7" : "2001:db8:7::7");
}

// A frame of a cooked kind, whose header ends at `end`, with LLC and SNAP before its packet.
Bytes LlcIn(const Bytes& frame, size_t type_at, size_t end = 16) {
  const Bytes packet(frame.begin() + static_cast<ptrdiff_t>(end), frame.end());
  const Bytes llc = Join(Hex("aaaa03 000000"), U16(EthertypeOf(packet)));
  return Join(Cut(WithU16(frame, type_at, 4), end), llc, packet);
}

TEST(Frame, EveryLinkTypeGivesTheMessage) {
  const Bytes ipv4 = OverIpv4();
  const Bytes ipv6 = OverIpv6();
  constexpr Family k4 = Family::kIpv4;
  constexpr Family k6 = Family::kIpv6;
  const struct {
    const char* name;
    Bytes frame;
    LinkType link_type;
    Family family;
  } kCases[] = {
      {"Ethernet", Ethernet(ipv4), LinkType::kEthernet, k4},
      {"Ethernet, IPv6", Ethernet(ipv6), LinkType::kEthernet, k6},
      {"SLL", LinuxSll(ipv4), LinkType::kLinuxSll, k4},
      {"SLL, IPv6", LinuxSll(ipv6), LinkType::kLinuxSll, k6},
      {"SLL of LLC and SNAP", LlcIn(LinuxSll(ipv4), 14), LinkType::kLinuxSll, k4},
      {"SLL2 of LLC and SNAP", LlcIn(LinuxSll2(ipv6), 0, 20), LinkType::kLinuxSll2, k6},
      {"SLL2", LinuxSll2(ipv4), LinkType::kLinuxSll2, k4},
      {"SLL2, IPv6", LinuxSll2(ipv6), LinkType::kLinuxSll2, k6},
      {"raw IPv4", ipv4, LinkType::kRaw, k4},
      {"raw IPv6", ipv6, LinkType::kRaw, k6},
      {"LINKTYPE_IPV4", ipv4, LinkType::kIpv4, k4},
      {"LINKTYPE_IPV6", ipv6, LinkType::kIpv6, k6},
      {"NULL of a little-endian host", NullFrame(ipv4, 2, false), LinkType::kNull, k4},
      {"NULL of a big-endian host", NullFrame(ipv4, 2, true), LinkType::kNull, k4},
      {"NULL, IPv6 of Linux", NullFrame(ipv6, 10, false), LinkType::kNull, k6},
      {"NULL, IPv6 of NetBSD and OpenBSD", NullFrame(ipv6, 24, false), LinkType::kNull, k6},
      {"NULL, IPv6 of FreeBSD", NullFrame(ipv6, 28, false), LinkType::kNull, k6},
      {"NULL, IPv6 of Darwin", NullFrame(ipv6, 30, true), LinkType::kNull, k6},
      {"LOOP", LoopFrame(ipv4, 2), LinkType::kLoop, k4},
      {"LOOP, IPv6", LoopFrame(ipv6, 24), LinkType::kLoop, k6},
      {"PPP", Ppp(ipv4, false), LinkType::kPpp, k4},
      {"PPP with address and control, IPv6", Ppp(ipv6, true), LinkType::kPpp, k6},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const Frame frame(test.frame, test.link_type);
    ExpectMessage(frame.packet, test.family);
  }
}

TEST(Frame, VlanTagsArePassedAndTheOutermostIsKept) {
  const VlanTag inner{kVlanTpid, 7};
  const struct {
    const char* name;
    VlanTag stripped;
    std::vector<VlanTag> tags;
    uint16_t expected;
  } kCases[] = {
      {"802.1Q", {}, {inner}, 7},
      {"the priority bits are no part of the id", {}, {{kVlanTpid, 0xf007}}, 7},
      {"the largest id", {}, {{kVlanTpid, 0x0fff}}, 4095},
      {"a priority tag has id 0", {}, {{kVlanTpid, 0xe000}}, 0},
      {"802.1ad around 802.1Q", {}, {{kServiceTpid, 100}, inner}, 100},
      {"0x9100 around 802.1Q", {}, {{kOldQinqTpid, 200}, inner}, 200},
      {"802.1Q in 802.1Q", {}, {{kVlanTpid, 300}, inner}, 300},
      {"three tags", {}, {{kServiceTpid, 1}, {kServiceTpid, 2}, inner}, 1},
      {"the only tag was stripped", {kVlanTpid, 0x2005}, {}, 5},
      {"the outer tag was stripped", {kServiceTpid, 100}, {inner}, 100},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    for (const Bytes& packet : {OverIpv4(), OverIpv6()}) {
      const Family family = packet.size() == OverIpv4().size() ? Family::kIpv4 : Family::kIpv6;
      Frame ethernet(Ethernet(packet, {.tags = test.tags}), LinkType::kEthernet);
      ethernet.packet.stripped = test.stripped;
      ExpectMessage(ethernet.packet, family, test.expected);
      Frame sll(LinuxSll(packet, test.tags), LinkType::kLinuxSll);
      sll.packet.stripped = test.stripped;
      ExpectMessage(sll.packet, family, test.expected);
      Frame sll2(LinuxSll2(packet, test.tags), LinkType::kLinuxSll2);
      sll2.packet.stripped = test.stripped;
      ExpectMessage(sll2.packet, family, test.expected);
    }
  }
}

TEST(Frame, EightVlanTagsArePassedAndNoMore) {
  std::vector<VlanTag> tags(8, VlanTag{kVlanTpid, 9});
  ExpectMessage(Frame(Ethernet(OverIpv4(), {.tags = tags})).packet, Family::kIpv4, 9);
  tags.push_back(tags.front());
  EXPECT_EQ(Dissect(Frame(Ethernet(OverIpv4(), {.tags = tags})).packet).content, Content::kNone);
}

TEST(Frame, IpHeadersWithOptionsAndExtensionsAndPadding) {
  const std::vector<Ipv6Extension> eight(8, DestinationOptions());
  const struct {
    const char* name;
    Bytes packet;
    Bytes trailer;
  } kCases[] = {
      {"IPv4 options of 4 bytes", OverIpv4({.options = Hex("94040000")}), {}},  // RFC 2113
      {"IPv4 options of 40 bytes", OverIpv4({.options = Fill(40, 1)}), {}},
      {"IPv4 with DF", OverIpv4({.fragment = kDontFragment}), {}},
      {"IPv4 with a wrong checksum", OverIpv4({.checksum = 0xdead}), {}},
      {"UDP with a wrong checksum", Ipv4(Udp(kMessage, {.checksum = 0xdead})), {}},
      {"UDP without a checksum", Ipv4(Udp(kMessage, {.checksum = 0})), {}},
      {"IPv4 and authentication",
       Ipv4({51, Join(WithU8(Authentication(6).bytes, 0, 17), Udp(kMessage).bytes)}),
       {}},
      {"IPv4 and Ethernet's padding", OverIpv4(), Fill(18, 0xee)},
      {"IPv4 and a frame check sequence", OverIpv4(), Hex("deadbeef")},
      {"IPv4 whose length the NIC was to fill in", OverIpv4({.total_length = 0}), {}},
      {"IPv4 longer than its datagram", Ipv4({17, Join(Udp(kMessage).bytes, Fill(9, 0xee))}), {}},
      {"IPv6 and padding", OverIpv6(), Fill(6, 0xee)},
      {"hop-by-hop options", OverIpv6({HopByHop()}), {}},
      {"long destination options", OverIpv6({DestinationOptions(20)}), {}},
      {"hop-by-hop, routing, destination",
       OverIpv6({HopByHop(), Routing(3), DestinationOptions()}),
       {}},
      {"authentication of 16 bytes", OverIpv6({Authentication(4)}), {}},
      {"authentication of 24 bytes", OverIpv6({Authentication(6)}), {}},
      {"an atomic fragment", OverIpv6({FragmentHeader(0, false)}), {}},  // RFC 6946
      {"an atomic fragment behind hop-by-hop",
       OverIpv6({HopByHop(), FragmentHeader(0, false)}),
       {}},
      {"8 extension headers", OverIpv6(eight), {}},
      {"IPv6 whose length the NIC was to fill in", Ipv6(Udp(kMessage), {.payload_length = 0}), {}},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const bool is_ipv6 = std::to_integer<int>(test.packet[0]) >> 4 == 6;
    const Frame frame(Ethernet(test.packet, {.trailer = test.trailer}), LinkType::kEthernet);
    ExpectMessage(frame.packet, is_ipv6 ? Family::kIpv6 : Family::kIpv4);
  }
}

TEST(Frame, WhatCarriesNoDnsHasANameForIt) {
  const Bytes datagram = Udp(kMessage).bytes;
  const struct {
    const char* name;
    Bytes frame;
    Disposition expected;
  } kCases[] = {
      {"ARP", Ethernet(Fill(28), {.ethertype = 0x0806}), Disposition::kNotIp},
      {"LLDP", Ethernet(Fill(46), {.ethertype = 0x88cc}), Disposition::kNotIp},
      {"802.3 with a length", Ethernet(Fill(46), {.ethertype = 46}), Disposition::kNotIp},
      {"802.3 with a length of 0", Ethernet(OverIpv4(), {.ethertype = 0}), Disposition::kNotIp},
      {"802.3 with a length of 1", Ethernet(OverIpv4(), {.ethertype = 1}), Disposition::kNotIp},
      {"ICMP", Ethernet(Ipv4({1, OverIpv4()})), Disposition::kIcmp},
      {"ICMPv6", Ethernet(Ipv6({58, OverIpv6()})), Disposition::kIcmp},
      {"an ICMP error that quotes a DNS message",
       Ethernet(Ipv4({1, Join(Hex("0303000000000000"), OverIpv4())})), Disposition::kIcmp},
      {"SCTP", Ethernet(Ipv4({132, datagram})), Disposition::kNotUdpOrTcp},
      {"ESP", Ethernet(Ipv6({50, datagram})), Disposition::kNotUdpOrTcp},
      {"IPv6 without a next header", Ethernet(Ipv6({59, {}})), Disposition::kNotUdpOrTcp},
      {"9 extension headers",
       Ethernet(OverIpv6(std::vector<Ipv6Extension>(9, DestinationOptions()))),
       Disposition::kNotUdpOrTcp},
      {"a first fragment", Ethernet(OverIpv4({.fragment = kMoreFragments})),
       Disposition::kFragmentIncomplete},
      {"a later fragment", Ethernet(OverIpv4({.fragment = kMoreFragments | 1})),
       Disposition::kFragmentIncomplete},
      {"a last fragment", Ethernet(OverIpv4({.fragment = 0x1fff})),
       Disposition::kFragmentIncomplete},
      {"a fragment with DF, too", Ethernet(OverIpv4({.fragment = kDontFragment | kMoreFragments})),
       Disposition::kFragmentIncomplete},
      {"a first IPv6 fragment", Ethernet(OverIpv6({FragmentHeader(0, true)})),
       Disposition::kFragmentIncomplete},
      {"a later IPv6 fragment", Ethernet(OverIpv6({FragmentHeader(1, true)})),
       Disposition::kFragmentIncomplete},
      {"a last IPv6 fragment", Ethernet(OverIpv6({FragmentHeader(0x1fff, false)})),
       Disposition::kFragmentIncomplete},
      {"an empty IPv6 fragment",
       Ethernet(Ipv6({17, {}}, {.extensions = {FragmentHeader(5, true)}})),
       Disposition::kFragmentIncomplete},
      {"IPv4 of version 5", Ethernet(OverIpv4({.version = 5}), {.ethertype = 0x0800}),
       Disposition::kBadIpHeader},
      {"IPv4 of version 6", Ethernet(OverIpv4({.version = 6}), {.ethertype = 0x0800}),
       Disposition::kBadIpHeader},
      {"IPv6 of version 4", Ethernet(Ipv6(Udp(kMessage), {.version = 4}), {.ethertype = 0x86dd}),
       Disposition::kBadIpHeader},
      {"an IPv4 header of 16 bytes", Ethernet(OverIpv4({.header_words = uint8_t{4}})),
       Disposition::kBadIpHeader},
      {"an IPv4 header of 0 bytes", Ethernet(OverIpv4({.header_words = uint8_t{0}})),
       Disposition::kBadIpHeader},
      {"an IPv4 header and nothing behind it", Ethernet(Ipv4({1, {}})), Disposition::kIcmp},
      {"an IPv4 length below its header's", Ethernet(OverIpv4({.total_length = 19})),
       Disposition::kBadIpHeader},
      {"an IPv4 length that ends in the UDP header", Ethernet(OverIpv4({.total_length = 27})),
       Disposition::kShortFrame},
      {"IPv6 extensions past the payload's end", Ethernet(Ipv6({60, Hex("11 ff 000000000000")})),
       Disposition::kShortFrame},
      {"a tag and nothing behind it", Ethernet({}, {.ethertype = kVlanTpid}),
       Disposition::kShortFrame},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(DecodeFrame(test.frame).disposition, test.expected);
  }
}

TEST(Frame, FramingsThatNameNoIp) {
  const Bytes ipv4 = OverIpv4();
  const struct {
    const char* name;
    Bytes frame;
    LinkType link_type;
    Disposition expected;
  } kCases[] = {
      {"an unknown framing", Ethernet(ipv4), LinkType::kUnsupported,
       Disposition::kUnsupportedLinkType},
      {"no bytes of an unknown framing",
       {},
       LinkType::kUnsupported,
       Disposition::kUnsupportedLinkType},
      {"PPP's link control", Join(Hex("c021"), ipv4), LinkType::kPpp, Disposition::kNotIp},
      {"raw, of version 5", OverIpv4({.version = 5}), LinkType::kRaw, Disposition::kNotIp},
      {"SLL of 802.3 frames (protocol 1)", WithU16(LinuxSll(ipv4), 14, 1), LinkType::kLinuxSll,
       Disposition::kNotIp},
      {"SLL2 of 802.3 frames (protocol 1)", WithU16(LinuxSll2(ipv4), 0, 1), LinkType::kLinuxSll2,
       Disposition::kNotIp},
      {"IPv6 on LINKTYPE_IPV4", OverIpv6(), LinkType::kIpv4, Disposition::kBadIpHeader},
      {"IPv4 on LINKTYPE_IPV6", ipv4, LinkType::kIpv6, Disposition::kBadIpHeader},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(DecodeFrame(test.frame, test.link_type).disposition, test.expected);
  }
}

// Every header, cut at each length: short_frame, and no byte is read behind the end (the pages
// behind a Frame cannot be read).
TEST(Frame, CutAnywhereInItsHeadersIsShort) {
  const auto udp = [](const Bytes& packet) { return packet.size() - kMessage.size(); };
  const Bytes ipv4 = OverIpv4({.options = Fill(8, 1)});
  const Bytes ipv6 = OverIpv6({HopByHop(2), Authentication(5), FragmentHeader(0, false)});
  const Bytes tcp = Ipv4(Tcp(LengthPrefixed(kMessage), {.options = Fill(12, 1)}));
  const struct {
    const char* name;
    Bytes frame;
    LinkType link_type;
    size_t header_size;
  } kCases[] = {
      {"Ethernet, two tags, IPv4 with options",
       Ethernet(ipv4, {.tags = {{kServiceTpid, 1}, {kVlanTpid, 2}}}), LinkType::kEthernet,
       14 + 8 + udp(ipv4)},
      {"Ethernet, IPv6 with extensions", Ethernet(ipv6), LinkType::kEthernet, 14 + udp(ipv6)},
      {"SLL, a tag", LinuxSll(ipv4, {{kVlanTpid, 2}}), LinkType::kLinuxSll, 16 + 4 + udp(ipv4)},
      {"SLL2, a tag", LinuxSll2(ipv6, {{kVlanTpid, 2}}), LinkType::kLinuxSll2, 20 + 4 + udp(ipv6)},
      {"NULL", NullFrame(ipv4, 2, false), LinkType::kNull, 4 + udp(ipv4)},
      {"LOOP", LoopFrame(ipv6, 24), LinkType::kLoop, 4 + udp(ipv6)},
      {"PPP", Ppp(ipv4, false), LinkType::kPpp, 2 + udp(ipv4)},
      {"PPP with address and control", Ppp(ipv6, true), LinkType::kPpp, 4 + udp(ipv6)},
      {"raw", ipv4, LinkType::kRaw, udp(ipv4)},
      {"LINKTYPE_IPV4", ipv4, LinkType::kIpv4, udp(ipv4)},
      {"LINKTYPE_IPV6", ipv6, LinkType::kIpv6, udp(ipv6)},
      {"TCP with options", tcp, LinkType::kRaw, 20 + 32},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    for (size_t size = 0; size <= test.frame.size(); ++size) {
      const Bytes cut = Cut(test.frame, size);
      const Frame by_snap_length(cut, test.link_type, static_cast<uint32_t>(test.frame.size()));
      const Frame on_the_wire(cut, test.link_type);
      for (const Frame* frame : {&by_snap_length, &on_the_wire}) {
        const Dissected seen = Dissect(frame->packet);
        if (size < test.header_size) {
          ASSERT_EQ(seen.content, Content::kNone) << "cut to " << size;
          ASSERT_EQ(seen.end, Disposition::kShortFrame) << "cut to " << size;
        } else {
          ASSERT_EQ(seen.content, Content::kSegment) << "cut to " << size;
          ASSERT_EQ(seen.segment.payload.captured().size(), size - test.header_size);
        }
        DecodeFrame(frame->packet);
      }
    }
  }
}

TEST(Frame, WireLengthOfTheMessageIsWhatTheHeadersSay) {
  const Bytes whole = Ethernet(OverIpv4(), {.trailer = Fill(30, 0xee)});
  const size_t headers = 14 + 20 + 8;
  for (size_t captured = headers; captured <= whole.size(); ++captured) {
    const Frame frame(Cut(whole, captured), LinkType::kEthernet,
                      static_cast<uint32_t>(whole.size()));
    const Dissected seen = Dissect(frame.packet);
    const Segment& segment = seen.segment;
    ASSERT_EQ(seen.content, Content::kSegment);
    EXPECT_EQ(segment.payload.wire(), kMessage.size());
    EXPECT_EQ(segment.payload.captured().size(), std::min(captured - headers, kMessage.size()));
  }
}

// Ethernet without tags is read in a way of its own: it must see what any other framing shows.
TEST(Frame, OneIpPacketIsReadAlikeInAnyFraming) {
  const Bytes seeds[] = {OverIpv4(), OverIpv6(), OverIpv4({.options = Fill(4, 1)}),
                         OverIpv6({HopByHop()}), Ipv4(Tcp(LengthPrefixed(kMessage)))};
  constexpr uint64_t kSeed = 20260102;
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 20'000; ++i) {
    SCOPED_TRACE("seed " + std::to_string(kSeed) + ", packet " + std::to_string(i));
    Bytes packet = seeds[random() % std::size(seeds)];
    const auto ethertype =
        static_cast<uint16_t>(std::to_integer<int>(packet[0]) >> 4 == 6 ? 0x86dd : 0x0800);
    const auto wire = static_cast<uint32_t>(packet.size());
    for (uint64_t changes = random() % 3; changes != 0; --changes) {
      packet[random() % std::min<size_t>(packet.size(), 60)] = static_cast<std::byte>(random());
    }
    if (random() % 2 == 0) packet.resize(random() % (packet.size() + 1));
    const Frame ethernet(Ethernet(packet, {.ethertype = ethertype}), LinkType::kEthernet,
                         14 + wire);
    const Frame other(packet, ethertype == 0x0800 ? LinkType::kIpv4 : LinkType::kIpv6, wire);
    const Dissected by_one = Dissect(ethernet.packet);
    const Dissected by_two = Dissect(other.packet);
    const Segment& one = by_one.segment;
    const Segment& two = by_two.segment;
    ASSERT_EQ(by_one.content, by_two.content);
    ASSERT_EQ(by_one.end, by_two.end);
    ASSERT_EQ(one.source_address == nullptr, two.source_address == nullptr);
    if (one.source_address != nullptr) {
      ASSERT_EQ(one.source(), two.source());
      ASSERT_EQ(one.destination(), two.destination());
    }
    if (by_one.content != Content::kSegment) continue;
    ASSERT_EQ(one.source_port, two.source_port);
    ASSERT_EQ(one.destination_port, two.destination_port);
    ASSERT_EQ(one.transport, two.transport);
    ASSERT_EQ(one.family, two.family);
    ASSERT_EQ(one.payload.wire(), two.payload.wire());
    ASSERT_EQ(one.payload.captured().size(), two.payload.captured().size());
  }
}

// The address of a frame that ends behind its IP header is known.
TEST(Frame, AddressesAreKnownWhereTheIpHeaderWasRead) {
  for (const Bytes& packet :
       {OverIpv4({.fragment = kMoreFragments}), OverIpv4({.protocol = uint8_t{1}})}) {
    const Frame frame(packet, LinkType::kRaw);
    const Dissected seen = Dissect(frame.packet);
    const Segment& segment = seen.segment;
    EXPECT_NE(seen.content, Content::kSegment);
    EXPECT_EQ(segment.source().ToString(), "192.0.2.53");
    EXPECT_EQ(segment.destination().ToString(), "198.51.100.7");
  }
}

}  // namespace
}  // namespace rcodescope
