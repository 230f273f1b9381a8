// Live capture through libpcap, and what it cannot do.
#include "capture/live_pcap.h"

#include <thread>

#include "tests/capture/live_fixture.h"

namespace rcodescope {
namespace {

using std::chrono::milliseconds;

class LivePcapTest : public LiveTest {
 protected:
  static std::unique_ptr<LiveCapture> OpenPcap(LivePcapOptions options = {}) {
    if (options.interface.empty()) options.interface = "tap";
    auto capture = OpenLivePcap(std::move(options));
    EXPECT_TRUE(capture.ok()) << capture.status();
    return capture.ok() ? *std::move(capture) : nullptr;
  }
};

TEST_F(LivePcapTest, GivesFramesWithTheirBytesAndTimes) {
  const auto capture = OpenPcap();
  ASSERT_NE(capture, nullptr);
  QueueRunner runner(*capture);
  FrameSender sender("wire");
  const Bytes tagged = Ethernet(Ipv4(Udp(Wire(DnsMessage{}))), {.tags = {{kVlanTpid, 7}}});
  ASSERT_TRUE(sender.Send(NumberedFrame(1)));
  ASSERT_TRUE(sender.Send(Ethernet(Ipv4(Tcp(Fill(40), {.source = 443})))));
  ASSERT_TRUE(sender.Send(tagged));
  ASSERT_TRUE(WaitFor([&] { return runner.seen() == 2; }));
  runner.Stop();
  const auto& frames = runner.results()[0].frames;
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].bytes, NumberedFrame(1));
  EXPECT_EQ(frames[1].bytes, tagged) << "libpcap puts the tag back into the bytes";
  EXPECT_GT(frames[1].packet.time, frames[0].packet.time);
}

TEST_F(LivePcapTest, TheUsersFilterFindsTags) {
  const auto capture = OpenPcap({.filter = {.expression = "vlan 7"}});
  ASSERT_NE(capture, nullptr);
  QueueRunner runner(*capture);
  FrameSender sender("wire");
  const Bytes packet = Ipv4(Udp(Wire(DnsMessage{})));
  ASSERT_TRUE(sender.Send(Ethernet(packet, {.tags = {{kVlanTpid, 8}}})));
  ASSERT_TRUE(sender.Send(Ethernet(packet, {.tags = {{kVlanTpid, 7}}})));
  ASSERT_TRUE(WaitFor([&] { return runner.seen() == 1; }));
  runner.Stop();
  EXPECT_EQ(runner.seen(), 1u);
  EXPECT_EQ(runner.residual(), 0);
}

// Hard case 32: libpcap's own loop needs one more frame to end.
TEST_F(LivePcapTest, IdleItEndsSoonAndItsClockGoesOn) {
  const auto capture = OpenPcap();
  ASSERT_NE(capture, nullptr);
  PacketBatch batch;
  ASSERT_EQ(capture->queue(0).Poll(batch), PollResult::kPackets);
  const Timestamp first = batch.now;
  ASSERT_EQ(capture->queue(0).Poll(batch), PollResult::kPackets);
  EXPECT_GT(batch.now, first);
  QueueRunner runner(*capture);
  EXPECT_LE(runner.Stop(), milliseconds(200));
  EXPECT_EQ(runner.residual(), 0);
}

TEST_F(LivePcapTest, LosingMostFramesTheSumsAreExact) {
  constexpr uint64_t kFlood = 100'000;
  const auto capture = OpenPcap({.buffer_bytes = size_t{2} << 20, .snap_length = 2048});
  ASSERT_NE(capture, nullptr);
  std::atomic<uint64_t> sent{0};
  const auto slowly = [&](size_t, uint64_t seen) {
    while (sent < kFlood && sent < seen * 8) std::this_thread::yield();
  };
  QueueRunner runner(*capture, {.keep = false, .delay = slowly});
  FrameSender sender("wire");
  const Bytes frame = NumberedFrame(0);
  while (sent < kFlood) sent += sender.SendMany(frame, std::min<uint64_t>(64, kFlood - sent));
  runner.Stop();
  EXPECT_EQ(Network::Received("tap"), kFlood);
  EXPECT_EQ(runner.offered(), kFlood);
  EXPECT_EQ(runner.residual(), 0);
  EXPECT_GT(static_cast<double>(runner.dropped()) / kFlood, 0.60);
}

TEST_F(LivePcapTest, OnTheLoopbackInterfaceFramesCountOnce) {
  for (const char* interface : {"lo", "any"}) {
    SCOPED_TRACE(interface);
    const auto capture = OpenPcap({.interface = interface});
    ASSERT_NE(capture, nullptr);
    QueueRunner runner(*capture);
    FrameSender sender("lo");
    ASSERT_TRUE(sender.Send(NumberedFrame(1)));
    ASSERT_TRUE(sender.Send(NumberedFrame(2)));
    ASSERT_TRUE(WaitFor([&] { return runner.seen() >= 2; }));
    runner.Stop();
    EXPECT_EQ(runner.seen(), 2u);
    EXPECT_EQ(runner.offered(), 2u);
    EXPECT_EQ(runner.results()[0].frames[0].packet.link_type,
              interface[0] == 'l' ? LinkType::kEthernet : LinkType::kLinuxSll);
  }
}

TEST_F(LivePcapTest, DownAndUpIsAGapAndTheCaptureGoesOn) {
  const auto capture = OpenPcap();
  ASSERT_NE(capture, nullptr);
  QueueRunner runner(*capture);
  network_->SetUp("tap", false);
  ASSERT_TRUE(WaitFor([&] { return !capture->interfaces()[0].up; }));
  network_->SetUp("tap", true);
  ASSERT_TRUE(WaitFor([&] { return capture->interfaces()[0].up; }));
  FrameSender sender("wire");
  ASSERT_TRUE(WaitFor([&] { return sender.Send(NumberedFrame(1)); }));
  EXPECT_TRUE(WaitFor([&] { return runner.seen() == 1; }));
  EXPECT_EQ(capture->interfaces()[0].gaps, 1u);
  EXPECT_EQ(capture->interfaces()[0].ended, "");
}

TEST_F(LivePcapTest, OfADeletedInterfaceItEndsAndSaysSo) {
  const auto capture = OpenPcap();
  ASSERT_NE(capture, nullptr);
  FrameSender sender("wire");
  ASSERT_TRUE(sender.Send(NumberedFrame(1)));
  PacketBatch batch;
  uint64_t seen = 0;
  while (seen == 0) {
    ASSERT_EQ(capture->queue(0).Poll(batch), PollResult::kPackets);
    seen += batch.size;
  }
  network_->Delete("tap");
  network_->AddCable("tap", "wire");
  const auto deadline = SteadyClock::now() + std::chrono::seconds(5);
  while (capture->queue(0).Poll(batch) == PollResult::kPackets) {
    ASSERT_LT(SteadyClock::now(), deadline);
  }
  EXPECT_FALSE(capture->interfaces()[0].up) << "there is another one of this name";
  EXPECT_NE(capture->interfaces()[0].ended, "");
  EXPECT_EQ(capture->queue(0).Stats().seen, 1u);
}

TEST_F(LivePcapTest, WhatCannotBeOpenedIsNamed) {
  const auto status = [](LivePcapOptions options) { return OpenLivePcap(options).status(); };
  EXPECT_TRUE(absl::IsNotFound(status({.interface = "nosuch0"})));
  const auto filter = status({.interface = "tap", .filter = {.expression = "port and"}});
  EXPECT_TRUE(absl::IsInvalidArgument(filter)) << filter;
}

}  // namespace
}  // namespace rcodescope
