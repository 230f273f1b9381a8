// pcap-filter(7) expressions on frames of every link type.
#include <string>

#include <gtest/gtest.h>

#include "tests/capture/read_capture.h"
#include "tests/support/frames.h"

namespace rcodescope {
namespace {

bool Matches(const std::string& expression, const Bytes& bytes,
             LinkType link_type = LinkType::kEthernet) {
  const auto filter = PacketFilter::Compile(expression);
  EXPECT_TRUE(filter.ok()) << filter.status();
  const Frame frame(bytes, link_type);
  return filter.ok() && (*filter)->Matches(frame.packet);
}

TEST(Filter, ExpressionsThatDoNotCompileAreInvalidArguments) {
  for (const char* expression :
       {"port", "not a filter", "host 300.1.2.3.4.5", "(udp", "vlan and and"}) {
    SCOPED_TRACE(expression);
    const auto filter = PacketFilter::Compile(expression);
    ASSERT_FALSE(filter.ok());
    EXPECT_EQ(filter.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(filter.status().message(), "");
  }
}

TEST(Filter, LooksAtEachFramingInItsOwnWay) {
  const Bytes packet = Ipv4(Udp(Wire(DnsMessage{})));
  const struct {
    const char* name;
    Bytes frame;
    LinkType link_type;
  } kCases[] = {
      {"Ethernet", Ethernet(packet), LinkType::kEthernet},
      {"SLL", LinuxSll(packet), LinkType::kLinuxSll},
      {"SLL2", LinuxSll2(packet), LinkType::kLinuxSll2},
      {"raw", packet, LinkType::kRaw},
      {"IPv4", packet, LinkType::kIpv4},
      {"NULL", NullFrame(packet, 2, false), LinkType::kNull},
      {"LOOP", LoopFrame(packet, 2), LinkType::kLoop},
      {"PPP", Ppp(packet, true), LinkType::kPpp},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    EXPECT_TRUE(Matches("udp src port 53", test.frame, test.link_type));
    EXPECT_TRUE(Matches("host 192.0.2.53", test.frame, test.link_type));
    EXPECT_FALSE(Matches("udp dst port 53", test.frame, test.link_type));
    EXPECT_FALSE(Matches("host 192.0.2.54", test.frame, test.link_type));
  }
}

TEST(Filter, AnExpressionWithoutMeaningForAFramingDoesNotMatch) {
  const Bytes packet = Ipv4(Udp(Wire(DnsMessage{})));
  const std::string expression = "ether host 02:00:00:00:00:01";
  EXPECT_TRUE(Matches(expression, Ethernet(packet)));
  EXPECT_FALSE(Matches(expression, packet, LinkType::kRaw));
  EXPECT_FALSE(Matches("udp", Ethernet(packet), LinkType::kUnsupported));
}

TEST(Filter, OneFilterServesInterfacesOfDifferentFramings) {
  const Bytes packet = Ipv4(Udp(Wire(DnsMessage{})));
  const Bytes other = Ipv4(Udp(Wire(DnsMessage{}), {.source = 54}));
  Pcapng file;
  file.Section().Interface({.link_type = 1}).Interface({.link_type = 101});
  for (int i = 0; i < 3; ++i) {
    file.Enhanced({.time = {kNewYear}, .bytes = Ethernet(packet)}, 0)
        .Enhanced({.time = {kNewYear}, .bytes = Ethernet(other)}, 0)
        .Enhanced({.time = {kNewYear}, .bytes = packet}, 1)
        .Enhanced({.time = {kNewYear}, .bytes = other}, 1);
  }
  auto filter = PacketFilter::Compile("port 53");
  ASSERT_TRUE(filter.ok());
  FileSourceOptions options;
  options.filter = *std::move(filter);
  const Got got = Read(file.bytes(), std::move(options));
  EXPECT_EQ(got.stats.records, 12u);
  EXPECT_EQ(got.stats.seen, 6u);
  EXPECT_EQ(got.stats.filtered, 6u);
  ASSERT_EQ(got.frames.size(), 6u);
  EXPECT_EQ(got.frames[1].packet.frame, 3u) << "filtered frames have ordinals, too";
  EXPECT_EQ(got.frames[5].packet.frame, 11u);
  EXPECT_EQ(got.file().packets, 6u) << "frames given out";
}

TEST(Filter, AFileOfWhichNothingMatchesEndsWell) {
  auto filter = PacketFilter::Compile("port 54");
  ASSERT_TRUE(filter.ok());
  FileSourceOptions options;
  options.filter = *std::move(filter);
  const Got got = Read(Pcap(SomeFrames(1000)), std::move(options));
  EXPECT_EQ(got.file().error, InputError::kNone);
  EXPECT_EQ(got.stats.filtered, 1000u);
  EXPECT_EQ(got.stats.bytes, 0u);
}

TEST(Filter, UsesTheLengthOnTheWireForLen) {
  const Bytes bytes = Ethernet(Ipv4(Udp(Wire(DnsMessage{}))));
  const auto filter = PacketFilter::Compile("greater 1000");
  ASSERT_TRUE(filter.ok());
  const Frame whole(bytes, LinkType::kEthernet);
  const Frame cut(bytes, LinkType::kEthernet, 1000);
  EXPECT_FALSE((*filter)->Matches(whole.packet));
  EXPECT_TRUE((*filter)->Matches(cut.packet));
}

TEST(Filter, AFrameCutBeforeTheFieldDoesNotMatch) {
  const Bytes bytes = Ethernet(Ipv4(Udp(Wire(DnsMessage{}))));
  for (size_t size = 0; size < 14 + 20 + 2; ++size) {
    EXPECT_FALSE(Matches("udp src port 53", Cut(bytes, size))) << size;
  }
}

}  // namespace
}  // namespace rcodescope
