// A query and its response must meet in one worker.
#include "parse/flow_hasher.h"

#include <array>
#include <set>

#include <gtest/gtest.h>

#include "tests/parse/decode.h"
#include "tests/support/tunnels.h"

namespace rcodescope {
namespace {

constexpr uint64_t kKey = 0x0123456789abcdef;
const Bytes kMessage = Wire(DnsMessage{});

uint64_t HashOf(const Bytes& bytes, LinkType link_type = LinkType::kEthernet, uint64_t key = kKey) {
  const Frame frame(bytes, link_type);
  return FlowHasher(DnsFrames(), key).Of(frame.packet).hash;
}

Ipv4Fields Back4() { return {.source = kClient4, .destination = kServer4}; }
Ipv6Fields Back6() { return {.source = kClient6, .destination = kServer6}; }
UdpFields BackUdp() { return {.source = kClientPort, .destination = 53}; }

TEST(FlowHasher, IsTheSameInBothDirections) {
  EXPECT_EQ(HashOf(Ethernet(Ipv4(Udp(kMessage)))),
            HashOf(Ethernet(Ipv4(Udp(kMessage, BackUdp()), Back4()))));
  EXPECT_EQ(HashOf(Ethernet(Ipv6(Udp(kMessage)))),
            HashOf(Ethernet(Ipv6(Udp(kMessage, BackUdp()), Back6()))));
  EXPECT_EQ(HashOf(Ethernet(Ipv4(Tcp(kMessage)))),
            HashOf(Ethernet(Ipv4(Tcp({}, {.source = kClientPort, .destination = 53}), Back4()))));
}

TEST(FlowHasher, IsTheSameInBothDirectionsOfOneHost) {
  const Ipv4Fields self{.source = kServer4, .destination = kServer4};
  EXPECT_EQ(HashOf(Ethernet(Ipv4(Udp(kMessage), self))),
            HashOf(Ethernet(Ipv4(Udp(kMessage, BackUdp()), self))));
}

TEST(FlowHasher, PortsAreNoPartOfIt) {
  const uint64_t expected = HashOf(Ethernet(Ipv4(Udp(kMessage))));
  EXPECT_EQ(HashOf(Ethernet(Ipv4(Udp(kMessage, {.source = 7, .destination = 9})))), expected);
  EXPECT_EQ(HashOf(Ethernet(Ipv4(Tcp(kMessage)))), expected);
}

// Of the common frame, which is read at once, and of the same hosts' others.
TEST(FlowHasher, IsTheSameForLongMessagesOnAnyPort) {
  const Bytes message = Fill(100);
  const uint64_t expected = HashOf(Ethernet(Ipv4(Tcp(message))));
  EXPECT_NE(expected, 0U);
  EXPECT_EQ(HashOf(Ethernet(Ipv4(Udp(message)))), expected);
  EXPECT_EQ(HashOf(Ethernet(Ipv4(Udp(message, {.source = 7, .destination = 9})))), expected);
  EXPECT_EQ(HashOf(Ethernet(Ipv6(Udp(message)))), HashOf(Ethernet(Ipv6(Tcp(message)))));
}

TEST(FlowHasher, DoesNotDependOnTheFraming) {
  const Bytes packet = Ipv4(Udp(kMessage));
  const uint64_t expected = HashOf(packet, LinkType::kRaw);
  EXPECT_EQ(HashOf(Ethernet(packet)), expected);
  EXPECT_EQ(HashOf(Ethernet(packet, {.tags = {{kVlanTpid, 5}}})), expected);
  EXPECT_EQ(HashOf(LinuxSll(packet), LinkType::kLinuxSll), expected);
}

TEST(FlowHasher, FragmentsMeetTheUnfragmentedOfTheirHosts) {
  const auto fragment = [](uint16_t bits, const Bytes& payload) {
    return Ethernet(Ipv4({17, payload}, {.fragment = bits}));
  };
  const uint64_t first = HashOf(fragment(kMoreFragments, Udp(kMessage).bytes));
  EXPECT_EQ(first, HashOf(Ethernet(Ipv4(Udp(kMessage)))));
  EXPECT_EQ(HashOf(fragment(kMoreFragments | 5, Fill(64, 1))), first);
  EXPECT_EQ(HashOf(fragment(9, Fill(3, 2))), first);
  const Ipv4Fields back{.source = kClient4, .destination = kServer4, .fragment = kMoreFragments};
  EXPECT_EQ(HashOf(Ethernet(Ipv4(Udp(kMessage, BackUdp()), back))), first);

  const auto fragment6 = [](unsigned offset, bool more) {
    return Ethernet(Ipv6(Udp(kMessage), {.extensions = {FragmentHeader(offset, more)}}));
  };
  EXPECT_EQ(HashOf(fragment6(0, true)), HashOf(fragment6(7, false)));
  EXPECT_EQ(HashOf(fragment6(0, false)), HashOf(Ethernet(Ipv6(Udp(kMessage)))))
      << "an atomic fragment is whole";
}

TEST(FlowHasher, OfATunnelIsThatOfWhatItCarries) {
  const Ipv4Fields outer{.source = {10, 0, 0, 1}, .destination = {10, 0, 0, 2}};
  const uint64_t expected = HashOf(Ethernet(Ipv4(Udp(kMessage))));
  EXPECT_EQ(HashOf(Ethernet(Ipv4({4, Ipv4(Udp(kMessage))}, outer))), expected);
  EXPECT_EQ(HashOf(Ethernet(Ipv4({4, Ipv4(Udp(kMessage), {.fragment = 9})}, outer))), expected);
  EXPECT_EQ(HashOf(Ethernet(Ipv4({4, {}}, outer))), HashOf(Ethernet(Ipv4({1, {}}, outer))))
      << "cut off in the tunnel: the addresses of the tunnel";
}

// A first fragment that reaches behind the addresses inside, and the rest.
TEST(FlowHasher, ATunnelsFragmentsFollowTheirFirst) {
  const Bytes inside = Ipv4(Udp(kMessage));
  const Bytes tunnel = ToPort(kVxlanPort, Vxlan(Ethernet(inside), 7)).bytes;
  constexpr size_t kFirst = 8 + 8 + 14 + 20 + 6;
  static_assert(kFirst % 8 == 0);
  const auto fragment = [](uint16_t bits, const Bytes& payload) {
    return Ethernet(Ipv4({17, payload}, {.source = {10, 0, 0, 1}, .fragment = bits}));
  };
  const Frame first(fragment(kMoreFragments, Cut(tunnel, kFirst)));
  const Frame rest(fragment(kFirst / 8, Bytes(tunnel.begin() + ptrdiff_t{kFirst}, tunnel.end())));
  const uint64_t expected = HashOf(Ethernet(inside));

  FlowHasher flows(DnsFrames(), kKey);
  const Flow early = flows.Of(rest.packet);
  EXPECT_NE(early.awaits, 0U);
  EXPECT_NE(early.hash, expected);
  EXPECT_EQ(flows.Of(first.packet).hash, expected);
  ASSERT_EQ(flows.told().size(), 1U);
  EXPECT_EQ(flows.told()[0], early.awaits);
  const Flow late = flows.Of(rest.packet);
  EXPECT_EQ(late.awaits, 0U);
  EXPECT_EQ(late.hash, expected);
  EXPECT_TRUE(flows.told().empty());

  Packet too_late = rest.packet;
  too_late.time.ns += 31 * kNanosPerSecond;
  EXPECT_EQ(flows.Of(too_late).awaits, early.awaits) << "it is another datagram by now";
}

TEST(FlowHasher, OfWhatIsNotIpIsZero) {
  EXPECT_EQ(HashOf(Ethernet(Fill(28), {.ethertype = 0x0806})), 0u);
  EXPECT_EQ(HashOf(Ethernet(Ipv4(Udp(kMessage))), LinkType::kUnsupported), 0u);
  EXPECT_EQ(HashOf({}), 0u);
  EXPECT_EQ(HashOf(Fill(13, 0xff)), 0u);
}

TEST(FlowHasher, DependsOnItsKeyAndTellsFlowsApart) {
  const Bytes frame = Ethernet(Ipv4(Udp(kMessage)));
  EXPECT_NE(HashOf(frame), HashOf(frame, LinkType::kEthernet, kKey + 1));
  std::set<uint64_t> hashes;
  for (unsigned host = 0; host < 1024; ++host) {
    const std::array<uint8_t, 4> client = {10, 1, static_cast<uint8_t>(host >> 8),
                                           static_cast<uint8_t>(host)};
    hashes.insert(HashOf(Ethernet(Ipv4(Udp(kMessage), {.destination = client}))));
  }
  EXPECT_EQ(hashes.size(), 1024u);
}

}  // namespace
}  // namespace rcodescope
