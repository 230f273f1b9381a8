// What somebody is told who watches a frame being read.
#include "parse/layer_trace.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/parse/decode.h"
#include "tests/parse/encapsulations.h"

namespace rcodescope {
namespace {

const Bytes kMessage = Wire(DnsMessage{});

class Layers final : public LayerTrace {
 public:
  void OnLayer(const TracedLayer& layer) override { seen.push_back(layer); }

  std::vector<TracedLayer> seen;
};

Dissected Trace(const Bytes& bytes, Layers& layers) {
  FrameOptions options = DnsFrames();
  options.trace = &layers;
  const Frame frame(bytes);
  return Dissect(frame.packet, options);
}

TEST(LayerTrace, NamesEveryLayerWithItsPlaceAndNumber) {
  const Bytes inner =
      Ethernet(Ipv6(Udp(kMessage), {.extensions = {HopByHop(2)}}), {.tags = {{kVlanTpid, 7}}});
  Layers layers;
  const Bytes frame = Ethernet(Outer(ToPort(kVxlanPort, Vxlan(inner, 5000))));
  EXPECT_EQ(Trace(frame, layers).content, Content::kSegment);
  const struct {
    const char* name;
    size_t size;
    const char* field;
    uint64_t value;
  } kExpected[] = {
      {"ethernet", 14, "type", 0x0800},
      {"ipv4", 20, "protocol", 17},
      {"udp", 8, "destination_port", 4789},
      {"vxlan", 8, "vni", 5000},
      {"ethernet", 14, "type", 0x8100},
      {"vlan", 4, "id", 7},
      {"ipv6", 40, "next_header", 0},
      {"ipv6_extension", 16, "type", 0},
      {"udp", 8, "destination_port", kClientPort},
  };
  ASSERT_EQ(layers.seen.size(), std::size(kExpected));
  size_t offset = 0;
  for (size_t i = 0; i < std::size(kExpected); ++i) {
    EXPECT_EQ(layers.seen[i].name, kExpected[i].name);
    EXPECT_EQ(layers.seen[i].offset, offset);
    EXPECT_EQ(layers.seen[i].size, kExpected[i].size);
    EXPECT_EQ(layers.seen[i].field, kExpected[i].field);
    EXPECT_EQ(layers.seen[i].value, kExpected[i].value);
    offset += kExpected[i].size;
  }
}

// The port is obfuscated by XOR (RFC 4380 §5.1.1).
TEST(LayerTrace, ShowsTheOriginOfTeredo) {
  Layers layers;
  const Bytes origin = Hex("0000 63bf 3ffffdf8");  // 40,000 at 192.0.2.7
  const Bytes frame = Ethernet(Outer(ToPort(kTeredoPort, Join(origin, Ipv6(Udp(kMessage))))));
  EXPECT_EQ(Trace(frame, layers).content, Content::kSegment);
  ASSERT_GT(layers.seen.size(), 3u);
  EXPECT_EQ(layers.seen[3].name, "teredo_origin");
  EXPECT_EQ(layers.seen[3].value, 40'000u);
}

TEST(LayerTrace, ShowsTheConfirmationOfTeredo) {
  Layers layers;
  Bytes authentication = TeredoAuthentication(5, 7);
  authentication.back() = std::byte{0x5a};
  const Bytes frame =
      Ethernet(Outer(ToPort(kTeredoPort, Join(authentication, Ipv6(Udp(kMessage))))));
  EXPECT_EQ(Trace(frame, layers).content, Content::kSegment);
  ASSERT_GT(layers.seen.size(), 3u);
  EXPECT_EQ(layers.seen[3].name, "teredo_authentication");
  EXPECT_EQ(layers.seen[3].value, 0x5au);
}

TEST(LayerTrace, SeesCommonFramesAndChangesNothing) {
  Layers layers;
  EXPECT_EQ(Trace(DnsFrame(kMessage), layers).content, Content::kSegment);
  EXPECT_EQ(layers.seen.size(), 3u);
}

TEST(LayerTrace, LayersLieSideBySideUpToThePayload) {
  for (const Encapsulation& encapsulation : Encapsulations()) {
    SCOPED_TRACE(encapsulation.name);
    const Bytes frame = encapsulation.wrap(Ipv4(Udp(kMessage)), false);
    Layers layers;
    EXPECT_EQ(Trace(frame, layers).segment.tap, encapsulation.tap);
    size_t end = 0;
    for (const TracedLayer& layer : layers.seen) {
      EXPECT_EQ(layer.offset, end) << layer.name;
      end += layer.size;
    }
    EXPECT_EQ(end, frame.size() - kMessage.size());
  }
}

// Where the value that is shown stands in its header, by the RFC of each.
TEST(LayerTrace, ShowsWhatStandsInTheHeader) {
  const struct {
    std::string_view name;
    std::string_view field;
    size_t at;
    size_t size;
    uint64_t mask;
    unsigned shift;
  } kFields[] = {
      {"ethernet", "type", 12, 2, 0xffff, 0},       {"vlan", "id", 0, 2, 0x0fff, 0},
      {"llc_snap", "type", 6, 2, 0xffff, 0},        {"pppoe", "session", 2, 2, 0xffff, 0},
      {"mpls", "label", 0, 4, 0xffff'f000, 12},     {"control_word", "sequence", 2, 2, 0xffff, 0},
      {"ipv4", "protocol", 9, 1, 0xff, 0},          {"ipv6", "next_header", 6, 1, 0xff, 0},
      {"udp", "destination_port", 2, 2, 0xffff, 0}, {"tcp", "destination_port", 2, 2, 0xffff, 0},
      {"gre", "protocol", 2, 2, 0xffff, 0},         {"gre", "call", 6, 2, 0xffff, 0},
      {"erspan", "session", 2, 2, 0x03ff, 0},       {"vxlan", "vni", 4, 3, 0xff'ffff, 0},
      {"vxlan_gpe", "vni", 4, 3, 0xff'ffff, 0},     {"geneve", "vni", 4, 3, 0xff'ffff, 0},
      {"gtp_u", "teid", 4, 4, 0xffff'ffff, 0},
  };
  std::set<std::string> met;
  for (const Encapsulation& encapsulation : Encapsulations()) {
    SCOPED_TRACE(encapsulation.name);
    for (const Payload& payload : {Udp(kMessage), Tcp(LengthPrefixed(kMessage))}) {
      const Bytes frame = encapsulation.wrap(Ipv4(payload), false);
      Layers layers;
      Trace(frame, layers);
      for (const TracedLayer& layer : layers.seen) {
        for (const auto& field : kFields) {
          if (field.name != layer.name || field.field != layer.field) continue;
          uint64_t value = 0;
          for (size_t i = 0; i < field.size; ++i) {
            value = value << 8 | std::to_integer<uint8_t>(frame[layer.offset + field.at + i]);
          }
          EXPECT_EQ(layer.value, (value & field.mask) >> field.shift) << layer.name;
          met.insert(std::string(field.name) + ' ' + std::string(field.field));
        }
      }
    }
  }
  EXPECT_GE(met.size(), std::size(kFields) - 1);  // IPv6 need not be among them
}

}  // namespace
}  // namespace rcodescope
