// The headers of tunnels: what is refused, what is passed over, and which ports lead to them.
#include <array>
#include <string>

#include <gtest/gtest.h>

#include "tests/parse/decode.h"
#include "tests/support/tunnels.h"

namespace rcodescope {
namespace {

const Bytes kMessage = Wire(DnsMessage{.rcode = 3});
const Bytes kIpv4 = Ipv4(Udp(kMessage));
const Bytes kIpv6 = Ipv6(Udp(kMessage));
const Bytes kFrame = Ethernet(kIpv4);

Bytes InUdp(uint16_t port, const Bytes& payload) { return Ethernet(Outer(ToPort(port, payload))); }
Bytes InGre(unsigned type, const Bytes& payload, unsigned flags = 0) {
  return Ethernet(Outer(Gre(type, payload, flags)));
}
Bytes InMpls(const Bytes& payload) {
  return Ethernet(Join(MplsLabel(16, true), payload), {.ethertype = 0x8847});
}
Bytes InPppoe(const Bytes& ppp, unsigned version_type_code = 0x1100) {
  return Ethernet(Pppoe(ppp, version_type_code), {.ethertype = 0x8864});
}

struct Case {
  const char* name;
  Bytes frame;
  Disposition expected;
};

void ExpectEnds(const std::vector<Case>& cases) {
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(DecodeFrame(test.frame).disposition, test.expected);
  }
}

TEST(TunnelHeader, BelowIp) {
  const Bytes arp = Fill(28);
  ExpectEnds({
      {"LLC without SNAP", Ethernet(Join(Hex("424203"), Fill(40)), {.ethertype = 43}),
       Disposition::kNotIp},
      {"LLC without SNAP, cut behind its first bytes", Ethernet(Hex("42420300"), {.ethertype = 43}),
       Disposition::kNotIp},
      {"SNAP of another organization", LlcSnap(kIpv4, 0x0800, 0x00000c), Disposition::kNotIp},
      {"SNAP of ARP", LlcSnap(arp, 0x0806), Disposition::kNotIp},
      {"LLC shorter than SNAP", Ethernet(Hex("aaaa03000000 08"), {.ethertype = 7}),
       Disposition::kNotIp},
      {"SNAP whose length ends in the message",
       Ethernet(Join(Hex("aaaa03000000 0800"), kIpv4), {.ethertype = 8 + 28 + 12}),
       Disposition::kMessage},
      {"the largest length", Ethernet(Join(Hex("aaaa03000000 0800"), kIpv4), {.ethertype = 0x5ff}),
       Disposition::kMessage},
      {"PPPoE discovery", Ethernet(Pppoe({}, 0x1109), {.ethertype = 0x8863}), Disposition::kNotIp},
      {"PPPoE of another code", InPppoe(Ppp(kIpv4, false), 0x1109), Disposition::kTunnel},
      {"PPPoE of version 2", InPppoe(Ppp(kIpv4, false), 0x2100), Disposition::kTunnel},
      {"PPPoE's link control", InPppoe(Join(U16(0xc021), Fill(10))), Disposition::kNotIp},
      {"PPPoE, compressed or encrypted", InPppoe(Join(U16(0x00fd), Fill(10))),
       Disposition::kTunnel},
      {"PPPoE, multilink", InPppoe(Join(U16(0x003d), Fill(10))), Disposition::kTunnel},
      {"MPLS of an ARP frame", InMpls(Ethernet(arp, {.ethertype = 0x0806})), Disposition::kNotIp},
      {"MPLS without a bottom", Ethernet(MplsLabel(16, false), {.ethertype = 0x8847}),
       Disposition::kShortFrame},
      {"MPLS of a frame to 00:1b:21…", InMpls(WithU16(kFrame, 0, 0x001b)), Disposition::kMessage},
      {"MPLS of 1500 labels and no IP", Ethernet(Fill(6000, 0), {.ethertype = 0x8847}),
       Disposition::kShortFrame},
      {"MPLS of IPv5", InMpls(Ipv4(Udp(kMessage), {.version = 5})), Disposition::kNotIp},
  });
}

TEST(TunnelHeader, Gre) {
  const auto pptp = [](size_t at, unsigned value) {
    Payload gre = PptpGre(Ppp(kIpv4, true), false);
    gre.bytes = WithU16(gre.bytes, at, value);
    return Ethernet(Outer(gre));
  };
  ExpectEnds({
      {"an unknown payload", InGre(0x0806, Fill(28)), Disposition::kTunnel},
      {"keepalive", InGre(0, {}), Disposition::kTunnel},
      {"VLAN tags without Ethernet", InGre(0x8100, Fill(40)), Disposition::kTunnel},
      {"routing", InGre(0x0800, kIpv4, 0x4000), Disposition::kTunnel},
      {"strict source route", InGre(0x0800, kIpv4, 0x0800), Disposition::kTunnel},
      {"recursion control of 4", InGre(0x0800, kIpv4, 0x0400), Disposition::kTunnel},
      {"bits that must be ignored", InGre(0x0800, kIpv4, 0x03f8), Disposition::kMessage},
      {"version 1 of IP", InGre(0x0800, kIpv4, 1), Disposition::kTunnel},
      {"version 2", InGre(0x0800, kIpv4, 2), Disposition::kTunnel},
      {"version 7", InGre(0x0800, kIpv4, 7), Disposition::kTunnel},
      {"of Ethernet with ARP", InGre(0x6558, Ethernet(Fill(28), {.ethertype = 0x0806})),
       Disposition::kNotIp},
      {"IPv6 said to be IPv4", InGre(0x0800, kIpv6), Disposition::kBadIpHeader},
      {"ICMP inside", InGre(0x0800, Ipv4({1, kIpv4})), Disposition::kIcmp},
      {"another port inside", InGre(0x0800, Ipv4(Udp(kMessage, {.source = 54}))),
       Disposition::kNotDnsPort},
      {"PPTP", pptp(0, 0x3001), Disposition::kMessage},
      {"PPTP without a key", pptp(0, 0x1001), Disposition::kTunnel},
      {"PPTP with a checksum", pptp(0, 0xb001), Disposition::kTunnel},
      {"PPTP without a payload", pptp(0, 0x2001), Disposition::kTunnel},
      {"PPTP whose length ends in the IP header", pptp(4, 10), Disposition::kShortFrame},
      {"PPTP, encrypted", Ethernet(Outer(PptpGre(Join(U16(0x00fd), Fill(50, 0xa5)), true))),
       Disposition::kTunnel},
  });
}

TEST(TunnelHeader, Erspan) {
  const auto with = [](size_t at, unsigned value) {
    return InGre(0x22eb, WithU16(Erspan3(kFrame, 1, false), at, value), 0x1000);
  };
  ExpectEnds({
      {"version 0", with(0, 0x0005), Disposition::kTunnel},
      {"version 3", with(0, 0x3005), Disposition::kTunnel},
      {"a frame type without a meaning", with(10, 0x8400), Disposition::kTunnel},
      {"IP that is not", InGre(0x22eb, Erspan3(kFrame, 1, false, 2), 0x1000), Disposition::kTunnel},
      {"type II said to be III", InGre(0x22eb, Erspan2(kFrame, 1), 0x1000), Disposition::kMessage},
      {"garbage in all else", InGre(0x88be, WithU16(Erspan2(kFrame, 1), 4, 0xffff), 0x1000),
       Disposition::kMessage},
  });
}

TEST(TunnelHeader, VxlanAndGeneve) {
  const auto geneve = [](size_t at, unsigned value) {
    return InUdp(kGenevePort, WithU16(Geneve(kFrame, 1, 0x6558), at, value));
  };
  ExpectEnds({
      {"VXLAN without the I flag", InUdp(kVxlanPort, Vxlan(kFrame, 1, 0xf7)), Disposition::kTunnel},
      {"VXLAN with a group policy", InUdp(kVxlanPort, Vxlan(kFrame, 1, 0x88)),
       Disposition::kMessage},
      {"VXLAN of ARP", InUdp(kVxlanPort, Vxlan(Ethernet(Fill(28), {.ethertype = 0x0806}), 1)),
       Disposition::kNotIp},
      {"VXLAN's header and nothing", InUdp(kVxlanPort, Vxlan({}, 1)), Disposition::kShortFrame},
      {"a byte on VXLAN's port", InUdp(kVxlanPort, Fill(1)), Disposition::kTunnel},
      {"nothing on VXLAN's port", InUdp(kVxlanPort, {}), Disposition::kTunnel},
      {"GPE without the I flag", InUdp(kVxlanGpePort, VxlanGpe(kIpv4, 1, 1, 0x04)),
       Disposition::kTunnel},
      {"GPE of version 1", InUdp(kVxlanGpePort, VxlanGpe(kIpv4, 1, 1, 0x1c)), Disposition::kTunnel},
      {"GPE of operations", InUdp(kVxlanGpePort, VxlanGpe(kIpv4, 1, 1, 0x0d)),
       Disposition::kTunnel},
      {"GPE of a service header", InUdp(kVxlanGpePort, VxlanGpe(kIpv4, 1, 4)),
       Disposition::kTunnel},
      {"Geneve", geneve(0, 0x0000), Disposition::kMessage},
      {"Geneve with critical options and reserved bits", geneve(0, 0x007f), Disposition::kMessage},
      {"Geneve of version 1", geneve(0, 0x4000), Disposition::kTunnel},
      {"a control packet of Geneve", geneve(0, 0x0080), Disposition::kTunnel},
      {"Geneve of an unknown payload", geneve(2, 0x1234), Disposition::kTunnel},
      {"Geneve's options past the end", InUdp(kGenevePort, WithU8(Geneve({}, 1, 0x6558), 0, 63)),
       Disposition::kTunnel},
  });
}

TEST(TunnelHeader, GtpU) {
  const auto gtp = [](unsigned flags, std::string_view optional, unsigned type = 0xff) {
    return InUdp(kGtpUPort, GtpU(kIpv4, flags, Hex(optional), type));
  };
  ExpectEnds({
      {"version 0", gtp(0x10, ""), Disposition::kTunnel},
      {"version 2", gtp(0x50, ""), Disposition::kTunnel},
      {"GTP'", gtp(0x20, ""), Disposition::kTunnel},
      {"the spare bit", gtp(0x38, ""), Disposition::kMessage},
      {"an echo request", gtp(0x32, "00000000", 1), Disposition::kTunnel},
      {"an error indication", gtp(0x32, "00000000", 26), Disposition::kTunnel},
      {"an end marker", gtp(0x30, "", 254), Disposition::kTunnel},
      {"an extension header of length 0", gtp(0x34, "0000 00 85 00 000000"), Disposition::kTunnel},
      {"an extension header past the end", gtp(0x34, "0000 00 85 ff 000000"), Disposition::kTunnel},
      {"three of the four optional bytes", InUdp(kGtpUPort, GtpU({}, 0x32, Hex("000000"))),
       Disposition::kTunnel},
      {"an extension header of which a byte is there",
       InUdp(kGtpUPort, GtpU({}, 0x34, Hex("000000 85 01"))), Disposition::kTunnel},
      {"an extension header announced and not there",
       InUdp(kGtpUPort, GtpU({}, 0x34, Hex("000000 85"))), Disposition::kTunnel},
      {"no payload", InUdp(kGtpUPort, GtpU({})), Disposition::kTunnel},
      {"neither IPv4 nor IPv6", InUdp(kGtpUPort, GtpU(kFrame)), Disposition::kTunnel},
      {"a length that ends in the message", InUdp(kGtpUPort, WithU16(GtpU(kIpv4), 2, 20 + 8 + 12)),
       Disposition::kMessage},
  });
}

TEST(TunnelHeader, Teredo) {
  const Bytes authentication = TeredoAuthentication(5, 7);
  ExpectEnds({
      {"IPv6 alone", InUdp(kTeredoPort, kIpv6), Disposition::kMessage},
      {"an origin", InUdp(kTeredoPort, Join(TeredoOrigin(), kIpv6)), Disposition::kMessage},
      {"authentication", InUdp(kTeredoPort, Join(authentication, kIpv6)), Disposition::kMessage},
      {"the shortest authentication", InUdp(kTeredoPort, Join(TeredoAuthentication(0, 0), kIpv6)),
       Disposition::kMessage},
      {"the longest authentication",
       InUdp(kTeredoPort, Join(TeredoAuthentication(255, 255), kIpv6)), Disposition::kMessage},
      {"both", InUdp(kTeredoPort, Join(authentication, TeredoOrigin(), kIpv6)),
       Disposition::kMessage},
      {"both the wrong way round", InUdp(kTeredoPort, Join(TeredoOrigin(), authentication, kIpv6)),
       Disposition::kTunnel},
      {"IPv4", InUdp(kTeredoPort, kIpv4), Disposition::kTunnel},
      {"a bubble", InUdp(kTeredoPort, Ipv6({59, {}})), Disposition::kNotUdpOrTcp},
      {"from its port", Ethernet(Outer(Udp(kIpv6, {.source = kTeredoPort, .destination = 50'000}))),
       Disposition::kMessage},
  });
  const Bytes whole = InUdp(kTeredoPort, Join(authentication, TeredoOrigin(), kIpv6));
  for (size_t size = 0; size < whole.size() - kMessage.size(); ++size) {
    const Frame frame(Cut(whole, size), LinkType::kEthernet, static_cast<uint32_t>(whole.size()));
    EXPECT_EQ(DecodeFrame(frame.packet).disposition, Disposition::kShortFrame) << size;
  }
}

TEST(TunnelPorts, DnsPortsWin) {
  for (const uint16_t port : {kVxlanPort, kVxlanGpePort, kGenevePort, kGtpUPort, kTeredoPort}) {
    SCOPED_TRACE(port);
    const UdpFields fields{.source = 53, .destination = port};
    EXPECT_EQ(DecodeFrame(DnsFrame(kMessage, fields)).disposition, Disposition::kMessage);
    const Frame inside(DnsFrame(Vxlan(kFrame, 1), fields));
    const Dissected seen = Dissect(inside.packet);
    EXPECT_EQ(seen.content, Content::kSegment);
    EXPECT_EQ(seen.segment.tap, Tap{});
    const Frame configured(DnsFrame(kMessage, {.source = 7, .destination = port}));
    EXPECT_EQ(DecodeFrame(configured.packet, {port}).disposition, Disposition::kMessage);
    EXPECT_EQ(DecodeFrame(DnsFrame(kMessage, {.source = 7, .destination = port})).disposition,
              Disposition::kTunnel);
    const Frame tcp(Ethernet(Ipv4(Tcp(kMessage, {.source = 7, .destination = port}))));
    EXPECT_EQ(DecodeFrame(tcp.packet).disposition, Disposition::kNotDnsPort);
  }
}

TEST(TunnelPorts, AreOnEitherSide) {
  const Bytes inner = Ethernet(kIpv6);
  const struct {
    uint16_t port;
    Bytes payload;
  } kCases[] = {{kVxlanPort, Vxlan(inner, 1)},
                {kVxlanGpePort, VxlanGpe(inner, 1, 3)},
                {kGenevePort, Geneve(inner, 1, 0x6558)},
                {kGtpUPort, GtpU(kIpv6)},
                {kTeredoPort, kIpv6}};
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.port);
    const Bytes from = Outer(Udp(test.payload, {.source = test.port, .destination = 50'000}));
    EXPECT_EQ(DecodeFrame(Ethernet(from)).disposition, Disposition::kMessage);
    for (const auto& other : kCases) {  // the destination says more
      const Bytes both = Outer(Udp(test.payload, {.source = other.port, .destination = test.port}));
      EXPECT_EQ(DecodeFrame(Ethernet(both)).disposition, Disposition::kMessage);
    }
  }
}

TEST(TunnelPorts, OfVxlanAreAsConfigured) {
  constexpr std::array<uint16_t, 2> kPorts = {8472, 32'021};
  FrameOptions options = DnsFrames();
  options.vxlan_ports = kPorts;
  const Frame on_8472(InUdp(8472, Vxlan(kFrame, 9)));
  EXPECT_EQ(Dissect(on_8472.packet, options).segment.tap.vni, 9u);
  EXPECT_EQ(Dissect(on_8472.packet).segment.tap.vni, 0u);
  const Frame on_4789(InUdp(4789, Vxlan(kFrame, 9)));
  EXPECT_FALSE(Dissect(on_4789.packet, options).segment.on_dns_port);
}

}  // namespace
}  // namespace rcodescope
