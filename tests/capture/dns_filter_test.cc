// The filter of a live capture without a user's: what it keeps back, no decoder would have counted.
#include "capture/dns_filter.h"

#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "capture/bpf_compiler.h"
#include "capture/live_filter.h"
#include "parse/frame.h"
#include "tests/capture/read_capture.h"
#include "tests/support/frames.h"
#include "tests/support/tunnels.h"

namespace rcodescope {
namespace {

BpfProgram DefaultFilter(LinkType link_type) {
  auto program = CompileFilter(LiveFilter(), link_type, 262'144, nullptr);
  EXPECT_TRUE(program.ok()) << program.status();
  return *std::move(program);
}

bool Passes(const Bytes& bytes, LinkType link_type = LinkType::kEthernet) {
  const Frame frame(bytes, link_type);
  return Matches(DefaultFilter(link_type), frame.packet);
}

TEST(DnsFilter, PassesWhatMayHoldDnsAndKeepsBackOtherPorts) {
  const Bytes dns = Ipv4(Udp(Wire(DnsMessage{})));
  const Bytes query = Ipv4(Udp(Wire(DnsMessage{}), {.source = kClientPort, .destination = 53}));
  const Bytes web = Ipv4(Tcp(Fill(40), {.source = 443}));
  const Bytes web6 = Ipv6(Udp(Fill(40), {.source = 443}));
  const std::vector<VlanTag> four = {
      {kServiceTpid, 1}, {kOldQinqTpid, 2}, {kVlanTpid, 3}, {kVlanTpid, 4}};
  std::vector<VlanTag> five = four;
  five.push_back({kVlanTpid, 5});
  const struct {
    const char* name;
    Bytes frame;
    bool passes;
  } kCases[] = {
      {"a response", Ethernet(dns), true},
      {"a query", Ethernet(query), true},
      {"over TCP", Ethernet(Ipv4(Tcp(Fill(40)))), true},
      {"IPv6", Ethernet(Ipv6(Udp(Wire(DnsMessage{})))), true},
      {"IPv4 with options", Ethernet(Ipv4(Udp(Fill(20)), {.options = Fill(40, 1)})), true},
      {"DNS over TLS", Ethernet(Ipv4(Tcp(Fill(40), {.source = 853}))), true},
      {"multicast DNS", Ethernet(Ipv4(Udp(Fill(40), {.destination = 5353}))), true},
      {"four tags", Ethernet(dns, {.tags = four}), true},
      {"a web page", Ethernet(web), false},
      {"a web page, IPv6", Ethernet(web6), false},
      {"a web page, IPv4 with options",
       Ethernet(Ipv4(Tcp(Fill(40), {.source = 443}), {.options = Fill(8, 1)})), false},
      {"a web page under one tag", Ethernet(web, {.tags = {{kVlanTpid, 7}}}), false},
      {"a web page under four tags", Ethernet(web, {.tags = four}), false},
      {"five tags are not looked under", Ethernet(web, {.tags = five}), true},
      {"a first fragment", Ethernet(Ipv4(Udp(Fill(64), {.source = 443}), {.fragment = 0x2000})),
       true},
      {"a later fragment", Ethernet(Ipv4(Udp(Fill(64), {.source = 443}), {.fragment = 8})), true},
      {"not a fragment, DF set",
       Ethernet(Ipv4(Udp(Fill(64), {.source = 443}), {.fragment = kDontFragment})), false},
      {"IPv6 extension headers",
       Ethernet(Ipv6(Udp(Fill(64), {.source = 443}), {.extensions = {HopByHop()}})), true},
      {"IP in IP", Ethernet(Outer(IpInIp(dns))), true},
      {"GRE", Ethernet(Outer(Gre(0x0800, dns))), true},
      {"VXLAN", Ethernet(Outer(ToPort(kVxlanPort, Vxlan(Ethernet(dns), 1)))), true},
      {"VXLAN's port over TCP", Ethernet(Ipv4(Tcp(Fill(40), {.source = kVxlanPort}))), false},
      {"ARP", Ethernet(Fill(28), {.ethertype = 0x0806}), true},
      {"MPLS", Ethernet(Join(MplsLabel(16, true), dns), {.ethertype = 0x8847}), true},
      {"cut in the ports", Cut(Ethernet(dns), 14 + 20 + 1), false},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(Passes(test.frame), test.passes) << test.name;
  }
}

TEST(DnsFilter, LooksIntoRawIpAndPassesOtherFramings) {
  const Bytes dns = Ipv4(Udp(Wire(DnsMessage{})));
  const Bytes web = Ipv4(Tcp(Fill(40), {.source = 443}));
  EXPECT_TRUE(Passes(dns, LinkType::kRaw));
  EXPECT_TRUE(Passes(Ipv6(Udp(Fill(40))), LinkType::kRaw));
  EXPECT_FALSE(Passes(web, LinkType::kRaw));
  EXPECT_FALSE(Passes(Ipv6(Tcp(Fill(40), {.source = 443})), LinkType::kRaw));
  EXPECT_TRUE(Passes(LinuxSll(web), LinkType::kLinuxSll));
  EXPECT_TRUE(Passes(Ppp(web, true), LinkType::kPpp));
}

TEST(DnsFilter, TakesAsManyPortsAsAUserMayName) {
  std::vector<uint16_t> ports;
  for (uint16_t port = 1000; port < 1400; ++port) ports.push_back(port);
  const BpfProgram program = DnsFilter(LinkType::kEthernet, ports, {}, 1500);
  EXPECT_GT(program.size(), 255u) << "further than a conditional jump reaches";
  const auto passes = [&](uint16_t port) {
    const Frame frame(Ethernet(Ipv4(Udp(Fill(20), {.source = port}))));
    return Matches(program, frame.packet);
  };
  EXPECT_TRUE(passes(1000));
  EXPECT_TRUE(passes(1399));
  EXPECT_FALSE(passes(999));
  EXPECT_FALSE(passes(1400));
}

// What DissectFrame says of a frame that the filter keeps back.
bool DecoderWouldNotCount(const Packet& packet, const FrameOptions& options) {
  Dissection result;
  switch (DissectFrame(packet, options, result)) {
    case Content::kFragment: return false;
    case Content::kNone: return result.end == Disposition::kShortFrame;
    case Content::kSegment: break;
  }
  const Segment& segment = result.segment;
  const uint16_t ends[] = {segment.source_port, segment.destination_port};
  return !segment.on_dns_port && segment.tap.depth == 0 &&
         std::none_of(std::begin(ends), std::end(ends), [](uint16_t port) {
           return port == kDnsOverTlsPort || port == kMdnsPort || port == kLlmnrPort;
         });
}

TEST(DnsFilter, OfRealTrafficNothingIsMissed) {
  const PortSet ports(std::array<uint16_t, 1>{kDnsPort});
  const FrameOptions options = {.dns_ports = &ports};
  const std::array<BpfProgram, 2> programs = {DefaultFilter(LinkType::kEthernet),
                                              DefaultFilter(LinkType::kRaw)};
  size_t passed = 0;
  size_t kept_back = 0;
  for (const auto& file : std::filesystem::directory_iterator(TEST_CAPTURES)) {
    if (file.path().string().find(".pcap") == std::string::npos) continue;
    FileSource source({.paths = {file.path()}});
    PacketBatch batch;
    while (source.Poll(batch) == PollResult::kPackets) {
      for (size_t i = 0; i < batch.size; ++i) {
        const Packet& packet = batch.packets[i];
        const bool ethernet = packet.link_type == LinkType::kEthernet;
        if (!ethernet && packet.link_type != LinkType::kRaw) continue;
        if (Matches(programs[ethernet ? 0 : 1], packet)) {
          ++passed;
          continue;
        }
        ++kept_back;
        EXPECT_TRUE(DecoderWouldNotCount(packet, options))
            << file.path() << " frame " << packet.frame;
      }
    }
  }
  EXPECT_GT(passed, 10'000u);
  EXPECT_GT(kept_back, 0u);
}

}  // namespace
}  // namespace rcodescope
