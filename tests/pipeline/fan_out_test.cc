// One queue shared out to workers of which some are slow: what is lost is told, at every cut.
#include "app/fan_out.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "parse/protocol.h"
#include "tests/pipeline/fed_capture.h"
#include "tests/pipeline/traffic.h"

namespace rcodescope {
namespace {

constexpr auto kWorker = static_cast<size_t>(DropStage::kWorker);
constexpr size_t kRoom = 16'384;  // frames a worker may lie behind

// A worker that does nothing but add up what the figures were where a slice ended.
class Follower {
 public:
  explicit Follower(PacketSource& source) : source_(source) {}

  // False at the end.
  bool Poll() {
    const bool over = source_.Poll(batch_) == PollResult::kEnd;
    const int64_t slice = SliceOf(batch_.now, kNanosPerSecond);
    if (slice_ && *slice_ != slice) {
      // Whoever jumps over slices ends them all with the same figures.
      for (int64_t ended = *slice_; ended < slice; ++ended) cuts[ended] = stats_;
    }
    EXPECT_GE(slice, slice_.value_or(slice)) << "the clock went back";
    slice_ = slice;
    for (size_t i = 0; i < batch_.size; ++i) {
      EXPECT_EQ(SliceOf(batch_.packets[i].time, kNanosPerSecond), slice);
      frames.insert(batch_.packets[i].frame);
    }
    last = stats_ = source_.Stats();
    return !over;
  }
  Timestamp now() const { return batch_.now; }

  std::map<int64_t, CaptureStats> cuts;  // by the slice that ended
  std::set<uint64_t> frames;
  CaptureStats last;

 private:
  PacketSource& source_;
  PacketBatch batch_;
  std::optional<int64_t> slice_;
  CaptureStats stats_;
};

int64_t Residual(const std::vector<CaptureStats>& queues) {
  int64_t residual = 0;
  for (const CaptureStats& queue : queues) {
    residual += static_cast<int64_t>(queue.offered.value_or(0) - queue.records - queue.backlog -
                                     queue.dropped[kWorker].value_or(0));
  }
  return residual;
}

class FanOutTest : public ::testing::Test {
 protected:
  static constexpr size_t kWays = 3;

  void SetUp() override {
    auto fed = std::make_unique<FedCapture>(traffic_.frames, 1);
    fed_ = fed.get();
    fan_out_ = std::make_unique<FanOut>(
        std::move(fed), FanOutOptions{.frames = {.dns_ports = &ports_}, .ways = kWays, .key = 1});
    for (size_t i = 0; i < kWays; ++i) followers_.emplace_back(fan_out_->queue(i));
  }

  // All ways but `but` are polled until they have seen `time`.
  void FollowUntil(Timestamp time, std::optional<size_t> but = {}) {
    for (size_t i = 0; i < kWays; ++i) {
      while (i != but && followers_[i].now() < time) ASSERT_TRUE(followers_[i].Poll());
    }
  }
  void End() {
    fan_out_->Stop();
    for (Follower& follower : followers_) {
      while (follower.Poll()) {
      }
    }
  }
  std::vector<CaptureStats> Last() const {
    std::vector<CaptureStats> all;
    for (const Follower& follower : followers_) all.push_back(follower.last);
    return all;
  }

  const PortSet ports_{std::vector<uint16_t>{kDnsPort}};
  Traffic traffic_ = MakeTraffic({.exchanges = 60'000, .spacing = 100'000});
  const Timestamp end_ = [this] {
    Timestamp latest;
    for (const TimedFrame& frame : traffic_.frames) latest = std::max(latest, frame.time);
    return latest;
  }();
  FedCapture* fed_ = nullptr;
  std::unique_ptr<FanOut> fan_out_;
  std::vector<Follower> followers_;
};

TEST_F(FanOutTest, EachFrameComesOnceWithBothDirectionsOfItsFlow) {
  fed_->ArriveUntil({end_.ns + 1});
  std::vector<std::thread> threads;
  for (Follower& follower : followers_) {
    threads.emplace_back([&] {
      while (follower.now().ns <= end_.ns) ASSERT_TRUE(follower.Poll());
    });
  }
  for (std::thread& thread : threads) thread.join();
  End();
  size_t together = 0;
  for (const Follower& follower : followers_) {
    EXPECT_GT(follower.frames.size(), 0U);
    EXPECT_EQ(follower.last.seen, follower.frames.size());
    together += follower.frames.size();
  }
  EXPECT_EQ(Residual(Last()), 0);
  std::set<uint64_t> all;
  for (const Follower& follower : followers_) {
    all.insert(follower.frames.begin(), follower.frames.end());
  }
  EXPECT_EQ(all.size(), together) << "a frame went two ways";
}

TEST_F(FanOutTest, AWorkerThatStandsStillLosesItsOwnFramesAndEveryOneIsTold) {
  fed_->ArriveUntil({0});
  FollowUntil({0});
  // Slice by slice, so that the others always have room.
  const int64_t first = SliceOf(traffic_.frames.front().time, kNanosPerSecond);
  const int64_t last = SliceOf(end_, kNanosPerSecond) + 1;
  for (int64_t slice = first; slice <= last; ++slice) {
    const Timestamp time{slice * kNanosPerSecond};
    fed_->ArriveUntil(time);
    FollowUntil(time, 1);
  }
  End();
  const CaptureStats& slow = followers_[1].last;
  EXPECT_GT(*slow.dropped[kWorker], 0U);
  EXPECT_LE(slow.seen, kRoom);
  EXPECT_GT(slow.seen, kRoom / 2);
  for (const size_t other : {size_t{0}, size_t{2}}) {
    EXPECT_EQ(followers_[other].last.dropped[kWorker], 0U) << other;
  }
  EXPECT_EQ(Residual(Last()), 0);
  EXPECT_EQ(*Last()[0].offered, traffic_.frames.size());
  size_t compared = 0;
  for (const auto& [slice, stats] : followers_[0].cuts) {
    if (slice < first) continue;
    EXPECT_EQ(Residual({stats, followers_[1].cuts.at(slice), followers_[2].cuts.at(slice)}), 0)
        << "at the end of slice " << slice;
    ++compared;
  }
  EXPECT_GT(compared, 5U);
}

TEST_F(FanOutTest, NobodyIsWaitedForAtTheEnd) {
  fed_->ArriveUntil({0});
  FollowUntil({0});
  fed_->ArriveUntil(end_);
  fan_out_.reset();  // which joins the thread that polls
}

}  // namespace
}  // namespace rcodescope
