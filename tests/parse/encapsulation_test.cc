// Messages inside tunnels: what comes out is what was put in, however deep and however cut.
#include <algorithm>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "tests/parse/decode.h"
#include "tests/parse/encapsulations.h"

namespace rcodescope {
namespace {

const Bytes kMessage = Wire(DnsMessage{.rcode = 3});

void ExpectInner(const Dissected& seen, Family family) {
  ASSERT_EQ(seen.content, Content::kSegment)
      << kDispositionTable[static_cast<size_t>(seen.end)].name;
  const bool ipv4 = family == Family::kIpv4;
  EXPECT_EQ(seen.segment.family, family);
  EXPECT_EQ(seen.segment.source().ToString(), ipv4 ? "192.0.2.53" : "2001:db8::53");
  EXPECT_EQ(seen.segment.destination().ToString(), ipv4 ? "198.51.100.7" : "2001:db8:7::7");
  EXPECT_EQ(seen.segment.source_port, 53);
  EXPECT_EQ(seen.segment.destination_port, kClientPort);
  EXPECT_TRUE(seen.segment.on_dns_port);
}

void ExpectMessage(const Dissected& seen, Family family) {
  ExpectInner(seen, family);
  const auto payload = seen.segment.payload.captured();
  EXPECT_EQ(Bytes(payload.begin(), payload.end()), kMessage);
  EXPECT_EQ(seen.segment.payload.wire(), kMessage.size());
}

// Each encapsulation, over both IP versions, around both.
template <typename Test>
void ForEach(const Payload& payload, Test test) {
  for (const Encapsulation& encapsulation : Encapsulations()) {
    for (const Family family : {Family::kIpv4, Family::kIpv6}) {
      const Bytes packet = family == Family::kIpv4 ? Ipv4(payload) : Ipv6(payload);
      for (const bool outer6 : {false, true}) {
        SCOPED_TRACE(std::string(encapsulation.name) + (outer6 ? " over IPv6" : " over IPv4"));
        test(encapsulation, encapsulation.wrap(packet, outer6), family);
      }
    }
  }
}

TEST(Encapsulation, EachGivesItsMessageAndItsTap) {
  ForEach(Udp(kMessage), [](const Encapsulation& expected, const Bytes& bytes, Family family) {
    const Frame frame(bytes);
    const Dissected seen = Dissect(frame.packet);
    ExpectMessage(seen, family);
    EXPECT_EQ(seen.segment.tap, expected.tap);
    const DecodedFrame decoded = DecodeFrame(frame.packet);
    ASSERT_EQ(decoded.messages.size(), 1u);
    EXPECT_EQ(decoded.messages[0].fields.rcode, Dns(3));
    EXPECT_EQ(decoded.messages[0].fields.tap, expected.tap);
  });
}

TEST(Encapsulation, EachCarriesTcp) {
  const TcpFields fields{.sequence = 0xfffffff0, .flags = 0x11};
  ForEach(Tcp(LengthPrefixed(kMessage), fields),
          [](const Encapsulation& expected, const Bytes& bytes, Family family) {
            const Frame frame(bytes);
            const Dissected seen = Dissect(frame.packet);
            ExpectInner(seen, family);
            EXPECT_EQ(seen.segment.transport, Transport::kTcp);
            EXPECT_EQ(seen.segment.sequence, 0xfffffff0u);
            EXPECT_EQ(seen.segment.flags, 0x11);
            EXPECT_EQ(seen.segment.tap, expected.tap);
            EXPECT_EQ(DecodeFrame(frame.packet).disposition, Disposition::kMessage);
          });
}

// The pages behind a Frame cannot be read: one byte too many is a crash.
TEST(Encapsulation, CutAnywhereItIsShortOrHasTheBytesThatAreLeft) {
  ForEach(Udp(kMessage), [](const Encapsulation&, const Bytes& bytes, Family family) {
    const size_t headers = bytes.size() - kMessage.size();
    for (size_t size = 0; size < bytes.size(); ++size) {
      const Bytes cut = Cut(bytes, size);
      const Frame by_snap_length(cut, LinkType::kEthernet, static_cast<uint32_t>(bytes.size()));
      const Frame on_the_wire(cut);
      for (const Frame* frame : {&by_snap_length, &on_the_wire}) {
        const Dissected seen = Dissect(frame->packet);
        if (size < headers) {
          ASSERT_EQ(seen.content, Content::kNone) << "cut to " << size;
          ASSERT_EQ(seen.end, Disposition::kShortFrame) << "cut to " << size;
          continue;
        }
        ExpectInner(seen, family);
        const auto payload = seen.segment.payload.captured();
        ASSERT_EQ(Bytes(payload.begin(), payload.end()), Cut(kMessage, size - headers));
      }
    }
  });
}

TEST(Encapsulation, BytesChangedAtRandomNeverLeadOutOfTheFrame) {
  constexpr uint64_t kSeed = 20260301;
  std::mt19937_64 random(kSeed);
  ForEach(Udp(kMessage), [&](const Encapsulation&, const Bytes& whole, Family) {
    for (int i = 0; i < 100; ++i) {
      Bytes bytes = whole;
      for (uint64_t changes = 1 + random() % 4; changes != 0; --changes) {
        bytes[random() % bytes.size()] = static_cast<std::byte>(random());
      }
      if (random() % 2 == 0) bytes.resize(random() % (bytes.size() + 1));
      const Frame frame(bytes);
      const Dissected seen = Dissect(frame.packet);
      if (seen.content == Content::kNone) continue;
      const bool segment = seen.content == Content::kSegment;
      const Cursor& payload = segment ? seen.segment.payload : seen.fragment.payload;
      const std::byte* begin = payload.captured().data();
      ASSERT_GE(begin, frame.packet.data) << "seed " << kSeed;
      ASSERT_LE(begin + payload.captured().size(), frame.packet.data + bytes.size());
      ASSERT_LE(payload.captured().size(), payload.wire());
    }
  });
}

TEST(Encapsulation, EachInEachOther) {
  const Bytes packet = Ipv4(Udp(kMessage));
  for (const Encapsulation& outer : Encapsulations()) {
    for (const Encapsulation& inner : Encapsulations()) {
      SCOPED_TRACE(std::string(inner.name) + " in " + outer.name);
      // What goes over IP is put into the outer one as an IP packet, the rest as a frame in GRE.
      const Bytes frame = inner.wrap(packet, true);
      const bool over_ip = EthertypeOf(Bytes(frame.begin() + 14, frame.end())) == 0x86dd &&
                           Bytes(frame.begin() + 12, frame.begin() + 14) == U16(0x86dd);
      const Bytes carried =
          over_ip ? Bytes(frame.begin() + 14, frame.end()) : Outer(Gre(0x6558, frame));
      const Frame nested(outer.wrap(carried, false));
      const Dissected seen = Dissect(nested.packet);
      ExpectMessage(seen, Family::kIpv4);
      const Tap& tap = seen.segment.tap;
      const auto outermost = [](auto of_outer, auto of_inner) {
        return of_outer != 0 ? of_outer : of_inner;
      };
      EXPECT_EQ(tap.vlan, outermost(outer.tap.vlan, inner.tap.vlan));
      EXPECT_EQ(tap.vni, outermost(outer.tap.vni, inner.tap.vni));
      EXPECT_EQ(tap.mpls_label, outermost(outer.tap.mpls_label, inner.tap.mpls_label));
      EXPECT_EQ(tap.erspan_session, outermost(outer.tap.erspan_session, inner.tap.erspan_session));
      EXPECT_EQ(tap.depth, outer.tap.depth + inner.tap.depth + (over_ip ? 0 : 1));
    }
  }
}

TEST(Encapsulation, VxlanInGreInIp) {
  const Bytes vxlan = Vxlan(Ethernet(Ipv6(Udp(kMessage)), {.tags = {{kServiceTpid, 3}}}), 5000);
  const Bytes gre = Outer(Gre(0x0800, Outer(ToPort(kVxlanPort, vxlan)), 0x2000, 1), true);
  const Frame frame(Ethernet(Outer(IpInIp(gre)), {.tags = {{kVlanTpid, 100}, {kVlanTpid, 200}}}));
  const Dissected seen = Dissect(frame.packet);
  ExpectMessage(seen, Family::kIpv6);
  EXPECT_EQ(seen.segment.tap, (Tap{.vlan = 100, .vni = 5000, .depth = 3}));
}

TEST(Encapsulation, EightDeepAreOpenedAndNoMore) {
  const struct {
    const char* name;
    Bytes (*wrap)(const Bytes& packet);
  } kCases[] = {
      {"IP in IP", [](const Bytes& packet) { return Outer(IpInIp(packet)); }},
      {"6in4, 6in6", [](const Bytes& packet) { return Outer(IpInIp(packet), true); }},
      {"GRE", [](const Bytes& packet) { return Outer(Gre(EthertypeOf(packet), packet)); }},
      {"VXLAN",
       [](const Bytes& packet) {
         return Outer(ToPort(kVxlanPort, Vxlan(Ethernet(packet), 1)), true);
       }},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    Bytes packet = Ipv4(Udp(kMessage));
    for (int depth = 1; depth <= 12; ++depth) {
      SCOPED_TRACE(depth);
      packet = test.wrap(packet);
      const Frame frame(Ethernet(packet));
      const Dissected seen = Dissect(frame.packet);
      if (depth <= kMostEncapsulations) {
        ExpectMessage(seen, Family::kIpv4);
        EXPECT_EQ(seen.segment.tap.depth, depth);
      } else {
        EXPECT_EQ(seen.content, Content::kNone);
        EXPECT_EQ(seen.end, Disposition::kTunnel);
      }
    }
  }
}

TEST(Encapsulation, PaddingAndTrailersOfEveryLayerAreLeftOut) {
  const Bytes inner = Ethernet(Ipv4(Udp(kMessage)), {.trailer = Fill(7, 0xee)});
  const Bytes outer = Outer(ToPort(kVxlanPort, Vxlan(inner, 1)));
  const Frame frame(Ethernet(outer, {.trailer = Fill(9, 0xdd)}));
  ExpectMessage(Dissect(frame.packet), Family::kIpv4);
  const Frame pppoe(
      Ethernet(Join(Pppoe(Ppp(Ipv6(Udp(kMessage)), false)), Fill(6)), {.ethertype = 0x8864}));
  ExpectMessage(Dissect(pppoe.packet), Family::kIpv6);
}

}  // namespace
}  // namespace rcodescope
