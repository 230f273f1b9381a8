// What somebody is told who watches a frame being read.
#include "parse/layer_trace.h"

#include <string>
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

}  // namespace
}  // namespace rcodescope
