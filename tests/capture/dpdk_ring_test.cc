// Frames put into net_ring by hand, as no driver that needs no card gives them.
#include <atomic>
#include <chrono>
#include <thread>

#include <gtest/gtest.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include "capture/dpdk.h"
#include "tests/capture/dpdk_ports.h"
#include "tests/capture/read_capture.h"

namespace rcodescope {
namespace {

using std::chrono::steady_clock;

constexpr int64_t kSecond = 1'000'000'000;

int64_t WallClock() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

Bytes SomeFrame(size_t size) {
  Bytes frame(size);
  for (size_t i = 0; i < size; ++i) frame[i] = std::byte(i * 31 >> 3);
  return frame;
}

TEST(DpdkRing, GivesEveryBufferBack) {
  RingPort port;
  {
    const auto capture = OpenPort(port.id());
    for (int i = 0; i < 200; ++i) port.Put(port.NewMbuf(SomeFrame(100)));
    EXPECT_EQ(PollFrames(capture->queue(0), 64).size(), 64u);
    EXPECT_EQ(port.missing(), 200u - 0u);
    EXPECT_EQ(PollFrames(capture->queue(0), 64).size(), 64u);
    EXPECT_EQ(port.missing(), 136u) << "buffers are given back with the next Poll";
  }
  EXPECT_EQ(port.missing(), 8u) << "what is still in the ring is the sender's";
}

TEST(DpdkRing, ReadsFramesWhereTheyLie) {
  RingPort port;
  const auto capture = OpenPort(port.id());
  rte_mbuf* mbuf = port.NewMbuf(SomeFrame(60));
  port.Put(mbuf);
  PacketBatch batch;
  ASSERT_EQ(capture->queue(0).Poll(batch), PollResult::kPackets);
  ASSERT_EQ(batch.size, 1u);
  EXPECT_EQ(batch.packets[0].data, rte_pktmbuf_mtod(mbuf, const std::byte*));
  EXPECT_EQ(batch.packets[0].link_type, LinkType::kEthernet);
  EXPECT_EQ(batch.packets[0].wire, 60u);
  PollToEnd(*capture);
}

TEST(DpdkRing, JoinsSegmentsOfAnySize) {
  RingPort port;
  const auto capture = OpenPort(port.id());
  for (const size_t segment : {1u, 13u, 14u, 41u, 42u, 54u, 299u, 300u}) {
    SCOPED_TRACE(segment);
    port.Put(port.NewMbuf(SomeFrame(300), segment));
    const auto frames = PollFrames(capture->queue(0), 1);
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0].bytes, SomeFrame(300));
    EXPECT_EQ(frames[0].packet.wire, 300u);
  }
  PollToEnd(*capture);
  EXPECT_EQ(port.missing(), 0u);
}

TEST(DpdkRing, PutsBackTheVlanTagThatTheCardTookOut) {
  RingPort port;
  const auto capture = OpenPort(port.id());
  rte_mbuf* tagged = port.NewMbuf(SomeFrame(60));
  tagged->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
  tagged->vlan_tci = 0x2007;
  port.Put(tagged);
  port.Put(port.NewMbuf(SomeFrame(60)));
  const auto frames = PollFrames(capture->queue(0), 2);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].packet.stripped.tpid, 0x8100);
  EXPECT_EQ(frames[0].packet.stripped.tci, 0x2007);
  EXPECT_EQ(frames[1].packet.stripped.tpid, 0);
  PollToEnd(*capture);
}

TEST(DpdkRing, BelievesATimeStampNearTheClockOnly) {
  int offset = -1;
  uint64_t flag = 0;
  ASSERT_EQ(rte_mbuf_dyn_rx_timestamp_register(&offset, &flag), 0);
  RingPort port;
  const auto capture = OpenPort(port.id());
  const int64_t now = WallClock();
  struct Case {
    const char* what;
    int64_t stamp;
    bool believed;
  };
  for (const Case& tried :
       {Case{"just now", now - 1000, true}, Case{"half a second ago", now - kSecond / 2, true},
        Case{"TAI, 37 seconds ahead", now + 37 * kSecond, false},
        Case{"a counter since power-on", 123'456'789, false}, Case{"0", 0, false},
        Case{"beyond any time", -1, false}}) {
    SCOPED_TRACE(tried.what);
    rte_mbuf* mbuf = port.NewMbuf(SomeFrame(60));
    mbuf->ol_flags |= flag;
    *RTE_MBUF_DYNFIELD(mbuf, static_cast<size_t>(offset), rte_mbuf_timestamp_t*) =
        static_cast<uint64_t>(tried.stamp);
    port.Put(mbuf);
    const auto frames = PollFrames(capture->queue(0), 1);
    ASSERT_EQ(frames.size(), 1u);
    const int64_t time = frames[0].packet.time.ns;
    EXPECT_EQ(time == tried.stamp, tried.believed) << time;
    EXPECT_TRUE(tried.believed || time >= now) << time;
    EXPECT_LE(time, WallClock());
    EXPECT_GE(frames[0].now.ns, time);
  }
  PollToEnd(*capture);
}

TEST(DpdkRing, TellsNothingOfLossesItCannotKnow) {
  RingPort ring;
  const auto capture = OpenPort(ring.id());
  ring.Put(ring.NewMbuf(SomeFrame(60)));
  PollToEnd(*capture);
  const CaptureStats stats = capture->queue(0).Stats();
  EXPECT_EQ(stats.offered, 1u) << "what came is known";
  for (const auto& dropped : stats.dropped) EXPECT_EQ(dropped, std::nullopt);
  const std::vector<uint16_t> ports = {ring.id(), MakePort("net_null", "")};
  const auto silent = UnaccountedPorts(ports);
  ASSERT_EQ(silent.size(), 1u);
  EXPECT_TRUE(silent[0].starts_with("net_ring_") && silent[0].ends_with(" (net_ring)"))
      << silent[0];
}

TEST(DpdkRing, KnowsThatNetNullLosesNothing) {
  const auto capture = OpenPort(MakePort("net_null", "size=60"));
  PacketBatch batch;
  for (int i = 0; i < 10; ++i) ASSERT_EQ(capture->queue(0).Poll(batch), PollResult::kPackets);
  EXPECT_EQ(batch.size, 64u);
  capture->Stop();
  const auto begun = steady_clock::now();
  while (capture->queue(0).Poll(batch) == PollResult::kPackets) {
  }
  EXPECT_LE(steady_clock::now() - begun, std::chrono::milliseconds(500))
      << "a port that never is empty ends too";
  const CaptureStats stats = capture->queue(0).Stats();
  EXPECT_EQ(stats.dropped[static_cast<size_t>(DropStage::kNic)], 0u);
  EXPECT_EQ(stats.offered, stats.records);
}

TEST(DpdkRing, AnswersWithTheClockWhenNothingComes) {
  RingPort port;
  const auto capture = OpenPort(port.id());
  PacketBatch batch;
  int64_t last = 0;
  for (int i = 0; i < 3; ++i) {
    const int64_t before = WallClock();
    ASSERT_EQ(capture->queue(0).Poll(batch), PollResult::kPackets);
    EXPECT_EQ(batch.size, 0u);
    EXPECT_GE(batch.now.ns, before);
    EXPECT_GE(batch.now.ns, last);
    EXPECT_LE(WallClock() - before, kSecond / 4) << "kIdleWait is 50 ms";
    last = batch.now.ns;
  }
  PollToEnd(*capture);
}

TEST(DpdkRing, EndsAnIdleQueueWithin200Milliseconds) {
  RingPort port;
  const auto capture = OpenPort(port.id());
  std::atomic<bool> polled{false};
  steady_clock::time_point ended;
  std::thread worker([&] {
    PacketBatch batch;
    while (capture->queue(0).Poll(batch) == PollResult::kPackets) polled = true;
    ended = steady_clock::now();
  });
  while (!polled) std::this_thread::yield();
  const auto stopped = steady_clock::now();
  capture->Stop();
  worker.join();
  EXPECT_LE(ended - stopped, std::chrono::milliseconds(200));
}

TEST(DpdkRing, GivesOutWhatCameBeforeTheStop) {
  RingPort port;
  const auto capture = OpenPort(port.id());
  for (int i = 0; i < 1500; ++i) port.Put(port.NewMbuf(SomeFrame(60)));
  EXPECT_EQ(PollToEnd(*capture).size(), 1500u);
  EXPECT_EQ(port.missing(), 0u);
  PacketBatch batch;
  EXPECT_EQ(capture->queue(0).Poll(batch), PollResult::kEnd) << "and stays ended";
}

TEST(DpdkRing, ServesOneWorkerAQueueAndFewerWorkersAll) {
  for (const size_t workers : {1u, 2u, 4u}) {
    SCOPED_TRACE(workers);
    RingPort port(4);
    const auto capture = OpenPort(port.id(), workers);
    ASSERT_EQ(capture->queues(), workers);
    for (size_t queue = 0; queue < 4; ++queue) {
      for (size_t i = 0; i <= queue; ++i) port.Put(port.NewMbuf(SomeFrame(60 + queue)), queue);
    }
    size_t total = 0;
    capture->Stop();
    for (size_t i = workers; i-- > 0;) {
      for (const PolledFrame& frame : PollToEnd(*capture, i)) {
        EXPECT_EQ((frame.bytes.size() - 60) % workers, i);
        ++total;
      }
    }
    EXPECT_EQ(total, 1u + 2 + 3 + 4);
  }
}

TEST(DpdkRing, CountsGapsOfTheLink) {
  RingPort port;
  const auto capture = OpenPort(port.id());
  EXPECT_TRUE(capture->interfaces()[0].up);
  EXPECT_EQ(capture->interfaces()[0].gaps, 0u);
  rte_eth_dev_set_link_down(port.id());
  EXPECT_FALSE(capture->interfaces()[0].up);
  EXPECT_EQ(capture->interfaces()[0].gaps, 1u);
  EXPECT_EQ(capture->interfaces()[0].gap.count(), 0) << "it has not ended";
  rte_eth_dev_set_link_up(port.id());
  EXPECT_TRUE(capture->interfaces()[0].up);
  EXPECT_EQ(capture->interfaces()[0].gaps, 1u);
  EXPECT_GT(capture->interfaces()[0].gap.count(), 0);
  PollToEnd(*capture);
}

TEST(DpdkRing, RefusesPortsThatAreNotThere) {
  const auto none = OpenDpdk({.ports = {999}});
  EXPECT_TRUE(absl::IsNotFound(none.status())) << none.status();
  RingPort port;
  const auto twice = OpenDpdk({.ports = {port.id(), port.id()}});
  EXPECT_TRUE(absl::IsInvalidArgument(twice.status())) << twice.status();
  OpenPort(port.id());
}

}  // namespace
}  // namespace rcodescope
