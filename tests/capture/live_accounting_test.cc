// Every frame that was sent is given out or counted as lost, however slow the worker and whenever
// the end comes. RCODESCOPE_LONG_TESTS=1: as often as a release asks for.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "capture/packet_ring.h"
#include "tests/capture/live_fixture.h"

namespace rcodescope {
namespace {

using std::chrono::milliseconds;

constexpr uint64_t kFlood = 200'000;
constexpr size_t kSmallRing = size_t{2} << 20;  // some 10,000 frames

int Runs(int normally, int in_long_tests) {
  return std::getenv("RCODESCOPE_LONG_TESTS") != nullptr ? in_long_tests : normally;
}

// Sends frames of 256 flows until `count` have been sent or `enough` is set, and tells how many in
// `sent`.
void Flood(uint64_t count, std::atomic<uint64_t>& sent, const std::atomic<bool>& enough = false) {
  FrameSender sender("wire");
  std::vector<Bytes> frames;
  for (uint16_t flow = 0; flow < 256; ++flow) {
    frames.push_back(NumberedFrame(0, static_cast<uint16_t>(kClientPort + flow)));
  }
  for (size_t i = 0; sent < count && !enough; ++i) {
    sent += sender.SendMany(frames[i % frames.size()], std::min<uint64_t>(16, count - sent));
  }
}

// What every run must come to, whatever was lost.
void ExpectClosed(const QueueRunner& runner, uint64_t sent) {
  EXPECT_EQ(Network::Received("tap"), sent) << "the interface's own count";
  EXPECT_EQ(runner.offered(), sent);
  EXPECT_EQ(runner.residual(), 0);
  uint64_t seen = 0;
  for (const auto& result : runner.results()) {
    EXPECT_EQ(result.stats.backlog, 0u);
    EXPECT_FALSE(result.now_went_back);
    seen += result.stats.seen;
  }
  EXPECT_EQ(seen, runner.seen()) << "as counted, and as found in batches";
  EXPECT_EQ(seen + runner.dropped(), sent);
}

class LiveAccounting : public LiveTest, public testing::WithParamInterface<size_t> {};
INSTANTIATE_TEST_SUITE_P(Queues, LiveAccounting, testing::Values(1, 2));

// A queue takes a batch when eight times as many frames were sent as it has seen of its share, so
// that the loss does not depend on the speed of the machine.
TEST_P(LiveAccounting, LosingMostFramesTheSumsAreExact) {
  const size_t queues = GetParam();
  for (int run = 0; run < Runs(2, 20); ++run) {
    SCOPED_TRACE(run);
    Renew();
    const auto capture = Open({.queues = queues, .ring_bytes = kSmallRing});
    ASSERT_NE(capture, nullptr);
    std::atomic<uint64_t> sent{0};
    const auto slowly = [&](size_t, uint64_t seen) {
      while (sent < kFlood && sent < seen * queues * 8) std::this_thread::yield();
    };
    QueueRunner runner(*capture, {.keep = false, .delay = slowly});
    Flood(kFlood, sent);
    EXPECT_LE(runner.Stop(), milliseconds(500));
    const double lost = static_cast<double>(runner.dropped()) / kFlood;
    EXPECT_GT(lost, 0.60);
    EXPECT_LT(lost, 0.95);
    std::printf("%zu queues, run %d: %.1f %% lost\n", queues, run, 100 * lost);
    ExpectClosed(runner, kFlood);
  }
}

TEST_P(LiveAccounting, AWorkerThatStandsStillForASecondLosesNothingUncounted) {
  const auto capture = Open({.queues = GetParam(), .ring_bytes = kSmallRing});
  ASSERT_NE(capture, nullptr);
  std::atomic<uint64_t> sent{0};
  std::atomic<bool> stood_still{false};
  const auto once = [&](size_t queue, uint64_t seen) {
    if (queue != 0 || seen == 0 || stood_still.exchange(true)) return;
    std::this_thread::sleep_for(std::chrono::seconds(1));
  };
  QueueRunner runner(*capture, {.keep = false, .delay = once});
  Flood(kFlood, sent);
  ASSERT_TRUE(WaitFor([&] { return stood_still.load(); }));
  runner.Stop();
  EXPECT_GT(runner.dropped(), 0u);
  ExpectClosed(runner, kFlood);
}

TEST_P(LiveAccounting, StoppedUnderFloodNothingIsUnaccounted) {
  for (int run = 0; run < Runs(3, 100); ++run) {
    SCOPED_TRACE(run);
    // Every other time with a worker that is too slow, so that frames are being lost.
    const bool slow = run % 2 == 1;
    const auto capture = Open({.queues = GetParam(), .ring_bytes = kSmallRing});
    ASSERT_NE(capture, nullptr);
    const auto delay = [slow](size_t, uint64_t) {
      if (slow) std::this_thread::sleep_for(std::chrono::microseconds(500));
    };
    QueueRunner runner(*capture, {.keep = false, .delay = delay});
    std::atomic<uint64_t> sent{0};
    std::atomic<bool> enough{false};
    std::thread flood([&] { Flood(UINT64_MAX, sent, enough); });
    EXPECT_TRUE(WaitFor([&] { return runner.seen() > 20'000; }));
    const milliseconds took = runner.Stop();
    enough = true;
    flood.join();
    EXPECT_LE(took, milliseconds(500));
    EXPECT_GE(runner.offered(), 20'000u);
    EXPECT_LT(runner.offered(), sent) << "frames came after the end, too";
    EXPECT_EQ(runner.residual(), 0);
    std::printf("%zu queues, run %d: %lu of %lu seen, ended in %ld ms\n", GetParam(), run,
                runner.seen(), runner.offered(), took.count());
  }
}

TEST_P(LiveAccounting, IdleItEndsSoon) {
  const auto capture = Open({.queues = GetParam()});
  ASSERT_NE(capture, nullptr);
  QueueRunner runner(*capture);
  FrameSender sender("wire");
  ASSERT_TRUE(sender.Send(NumberedFrame(1)));
  ASSERT_TRUE(WaitFor([&] { return runner.seen() == 1; }));
  EXPECT_LE(runner.Stop(), milliseconds(200));
  ExpectClosed(runner, 1);
}

// Of one queue that loses nothing, the frames given out are the first ones sent, without a hole.
TEST_F(LiveTest, WhatCameBeforeTheEndIsGivenOutInOrder) {
  const auto capture = Open();
  ASSERT_NE(capture, nullptr);
  QueueRunner runner(*capture);
  std::atomic<bool> enough{false};
  std::thread numbers([&] {
    FrameSender sender("wire");
    for (uint32_t i = 0; !enough; ++i) sender.Send(NumberedFrame(i));
  });
  EXPECT_TRUE(WaitFor([&] { return runner.seen() > 5'000; }));
  runner.Stop();
  enough = true;
  numbers.join();
  ASSERT_EQ(runner.dropped(), 0u);
  EXPECT_EQ(runner.residual(), 0);
  uint32_t expected = 0;
  for (const LiveFrame& frame : runner.results()[0].frames) {
    ASSERT_EQ(NumberOf(frame.bytes), expected++);
  }
}

TEST(RingCounts, AddUpBeyondThirtyTwoBits) {
  RingCounts counts;
  for (int i = 0; i < 3; ++i) counts.Add(0xffff'ffff, 0xffff'fffe);
  EXPECT_EQ(counts.offered, 12'884'901'885u);  // 3 · (2^32 − 1)
  EXPECT_EQ(counts.dropped, 12'884'901'882u);
}

}  // namespace
}  // namespace rcodescope
