// Through net_pcap, which reads a capture file as if it were a card: what our own reader of files
// gives, frame by frame.
#include <chrono>
#include <filesystem>

#include <gtest/gtest.h>

#include "capture/dpdk.h"
#include "tests/capture/dpdk_ports.h"
#include "tests/capture/read_capture.h"
#include "tests/support/temp_file.h"

namespace rcodescope {
namespace {

constexpr auto kNic = static_cast<size_t>(DropStage::kNic);

const std::vector<std::string>& Captures() {
  static const std::vector<std::string> names = {"e01-vlan.pcap", "e100-frag-fwd.pcap",
                                                 "e132-tcp-big-1400.pcap", "g01-badvers.pcap",
                                                 "g03-tsig.pcap"};
  return names;
}

std::string PathOf(const std::string& name) {
  return (std::filesystem::path(TEST_CAPTURES) / name).string();
}

std::vector<Bytes> ContentsOf(const std::vector<PolledFrame>& frames) {
  std::vector<Bytes> all;
  for (const PolledFrame& frame : frames) all.push_back(frame.bytes);
  return all;
}

int64_t WallClock() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

TEST(DpdkPcap, GivesTheFramesOfTheFileReader) {
  for (const std::string& name : Captures()) {
    SCOPED_TRACE(name);
    const Got expected = ReadFiles({.paths = {PathOf(name)}});
    ASSERT_GT(expected.frames.size(), 0u);
    const auto capture = OpenPort(MakePort("net_pcap", "rx_pcap=" + PathOf(name)));
    EXPECT_EQ(ContentsOf(PollToEnd(*capture)), expected.contents());
    const CaptureStats stats = capture->queue(0).Stats();
    EXPECT_EQ(stats.seen, expected.stats.seen);
    EXPECT_EQ(stats.records, expected.stats.seen);
    EXPECT_EQ(stats.bytes, expected.stats.bytes);
  }
}

TEST(DpdkPcap, AccountsForEveryFrame) {
  const Got expected = Read(Pcap(SomeFrames(1000)));
  const TempFile file(Pcap(SomeFrames(1000)));
  const auto capture = OpenPort(MakePort("net_pcap", "rx_pcap=" + file.path()));
  PacketBatch batch;
  while (capture->queue(0).Stats().seen < 1000) {
    ASSERT_EQ(capture->queue(0).Poll(batch), PollResult::kPackets);
  }
  PollToEnd(*capture);
  const CaptureStats stats = capture->queue(0).Stats();
  EXPECT_EQ(stats.offered, 1000u);
  EXPECT_EQ(stats.dropped[kNic], 0u);
  EXPECT_EQ(stats.dropped[static_cast<size_t>(DropStage::kRing)], 0u);
  EXPECT_EQ(stats.dropped[static_cast<size_t>(DropStage::kInterface)], std::nullopt)
      << "net_pcap's ierrors are not frames";
  EXPECT_EQ(stats.backlog, 0u);
  EXPECT_EQ(stats.records, 1000u);
  EXPECT_EQ(stats.bytes, expected.stats.bytes);
}

TEST(DpdkPcap, CountsWhatIsInHandAsBacklog) {
  const TempFile file(Pcap(SomeFrames(100)));
  const auto capture = OpenPort(MakePort("net_pcap", "rx_pcap=" + file.path()));
  PacketBatch batch;
  ASSERT_EQ(capture->queue(0).Poll(batch), PollResult::kPackets);
  ASSERT_EQ(batch.size, 64u);
  EXPECT_EQ(capture->queue(0).Stats().backlog, 36u);
  EXPECT_EQ(capture->queue(0).Stats().offered, 100u);
  EXPECT_EQ(PollToEnd(*capture).size(), 36u);
}

TEST(DpdkPcap, JoinsFramesOfManySegments) {
  // An mbuf takes 2,048 bytes: one frame at that edge, one beyond it, and the largest there is.
  std::vector<FileFrame> frames;
  for (const size_t size : {2047u, 2048u, 2049u, 9000u, 65'535u}) {
    frames.push_back({.time = {kNewYear}, .bytes = SomeFrames(1)[0].bytes});
    frames.back().bytes.resize(size, std::byte{static_cast<unsigned char>(size)});
    for (size_t i = 0; i < size; i += 7) frames.back().bytes[i] = std::byte(i / 7);
  }
  const TempFile file(Pcap(frames));
  const auto capture = OpenPort(MakePort("net_pcap", "rx_pcap=" + file.path()));
  EXPECT_EQ(ContentsOf(PollToEnd(*capture)), rcodescope::ContentsOf(frames));
}

// 1 MiB of joined frames is room for 15 of the largest; the others wait for the next batch.
TEST(DpdkPcap, JoinsNoMoreFramesThanThereIsRoomFor) {
  std::vector<FileFrame> frames;
  for (unsigned i = 0; i < 40; ++i) {
    frames.push_back({.time = {kNewYear}, .bytes = Fill(65'535, i)});
  }
  const TempFile file(Pcap(frames));
  const auto capture = OpenPort(MakePort("net_pcap", "rx_pcap=" + file.path()));
  PacketBatch batch;
  ASSERT_EQ(capture->queue(0).Poll(batch), PollResult::kPackets);
  EXPECT_EQ(batch.size, 16u);
  std::vector<Bytes> contents;
  for (size_t i = 0; i < batch.size; ++i) {
    contents.emplace_back(batch.packets[i].data, batch.packets[i].data + batch.packets[i].captured);
  }
  for (Bytes& bytes : ContentsOf(PollToEnd(*capture))) contents.push_back(std::move(bytes));
  EXPECT_EQ(contents, rcodescope::ContentsOf(frames));
}

TEST(DpdkPcap, TakesTheClockOfTheMachineForAFileOfThePast) {
  const TempFile file(Pcap(SomeFrames(3)));
  const int64_t before = WallClock();
  const auto capture = OpenPort(MakePort("net_pcap", "rx_pcap=" + file.path()));
  const auto frames = PollToEnd(*capture);
  ASSERT_EQ(frames.size(), 3u);
  for (const PolledFrame& frame : frames) {
    EXPECT_GE(frame.packet.time.ns, before);
    EXPECT_LE(frame.packet.time.ns, WallClock());
  }
}

TEST(DpdkPcap, KeepsTimeStampsOfNow) {
  const int64_t stamp = WallClock() / 1000 * 1000 - 200'000'000;
  const TempFile file(Pcap({{.time = {stamp}, .bytes = SomeFrames(1)[0].bytes}}));
  const auto capture = OpenPort(MakePort("net_pcap", "rx_pcap=" + file.path()));
  const auto frames = PollToEnd(*capture);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].packet.time.ns, stamp) << "net_pcap's unit is the microsecond";
}

// Each rx_pcap is a queue; they are fixed, so that one worker polls them all.
TEST(DpdkPcap, PollsAllQueuesOfAPort) {
  const std::string first = PathOf("g01-badvers.pcap");
  const std::string second = PathOf("g03-tsig.pcap");
  const uint64_t expected = ReadFiles({.paths = {first, second}}).stats.seen;
  const std::string arguments = "rx_pcap=" + first + ",rx_pcap=" + second;
  const auto one = OpenPort(MakePort("net_pcap", arguments));
  ASSERT_EQ(one->queues(), 1u);
  EXPECT_EQ(PollFrames(one->queue(0), expected).size(), expected);

  const auto two = OpenPort(MakePort("net_pcap", arguments), 2);
  ASSERT_EQ(two->queues(), 2u);
  EXPECT_EQ(PollFrames(two->queue(0), ReadFiles({.paths = {first}}).stats.seen).size() +
                PollFrames(two->queue(1), ReadFiles({.paths = {second}}).stats.seen).size(),
            expected);
}

TEST(DpdkPcap, OffersNoMoreQueuesThanThereAre) {
  const auto capture = OpenPort(MakePort("net_pcap", "rx_pcap=" + PathOf("g01-badvers.pcap")), 4);
  EXPECT_EQ(capture->queues(), 1u);
}

TEST(DpdkPcap, TakesSeveralPorts) {
  const std::string first = PathOf("g01-badvers.pcap");
  const std::string second = PathOf("g03-tsig.pcap");
  const auto capture = OpenDpdk({.ports = {MakePort("net_pcap", "rx_pcap=" + first),
                                           MakePort("net_pcap", "rx_pcap=" + second)}});
  ASSERT_TRUE(capture.ok()) << capture.status();
  const size_t expected = ReadFiles({.paths = {first, second}}).stats.seen;
  const auto frames = PollFrames((*capture)->queue(0), expected);
  ASSERT_EQ(frames.size(), expected);
  std::array<size_t, 2> of_port{};
  for (const PolledFrame& frame : frames) ++of_port.at(frame.packet.interface);
  EXPECT_EQ(of_port[0], ReadFiles({.paths = {first}}).stats.seen);
  ASSERT_EQ((*capture)->interfaces().size(), 2u);
  EXPECT_TRUE((*capture)->interfaces()[1].up);
  EXPECT_TRUE((*capture)->interfaces()[1].name.starts_with("net_pcap"));
}

}  // namespace
}  // namespace rcodescope
