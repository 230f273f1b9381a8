// A live capture through the program: what a snapshot of an epoch holds, and what happens when a
// worker or the collector is late.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "exporters/json_report.h"
#include "tests/pipeline/conservation.h"
#include "tests/pipeline/fed_capture.h"
#include "tests/pipeline/run.h"
#include "tests/pipeline/traffic.h"

namespace rcodescope {
namespace {

constexpr int64_t kEpoch = 5 * kNanosPerSecond;
constexpr std::chrono::seconds kDeadline{30};

// The snapshots of a run, as they come. Thread-safe.
class Cuts {
 public:
  void Add(Snapshot snapshot) {
    std::unique_lock lock(mutex_);
    snapshots_.push_back(std::move(snapshot));
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
  }
  // Lets the collector stay in its next call until it is released.
  void Hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  size_t size() {
    const std::lock_guard lock(mutex_);
    return snapshots_.size();
  }
  // The snapshot of that number, once it has come.
  Snapshot Wait(size_t number) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kDeadline, [&] { return snapshots_.size() > number; }));
    return snapshots_.at(number);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Snapshot> snapshots_;
  bool held_ = false;
};

PipelineOptions LiveOptions(size_t workers) {
  PipelineOptions options = SmallOptions(workers, 1);
  options.recorder.epoch = kEpoch;
  options.recorder.waits = false;
  return options;
}

// All but the series: seconds that come in a burst may be counted as one window.
std::string Told(Snapshot snapshot) {
  snapshot.series = {};
  return JsonReport(snapshot);
}

// A capture on its way through a pipeline; stopped and joined at the end.
class LiveRun {
 public:
  LiveRun(const std::vector<TimedFrame>& frames, size_t workers)
      : capture(frames, workers),
        pipeline({.dns_ports = &ports_}, PublicSuffixZones(1), LiveOptions(workers)),
        thread_([this] {
          pipeline.Watch(capture, [this](Snapshot snapshot) { cuts.Add(std::move(snapshot)); });
        }) {}
  ~LiveRun() { Stop(); }

  void Stop() {
    cuts.Hold(false);
    capture.Stop();
    if (thread_.joinable()) thread_.join();
  }
  // Until every worker but `but` has counted everything up to `time`.
  void WaitUntilCounted(Timestamp time, std::optional<size_t> but = {}) {
    const auto end = std::chrono::steady_clock::now() + kDeadline;
    for (size_t i = 0; i < pipeline.meters().size(); ++i) {
      while (i != but && pipeline.meters()[i]->now() < time) {
        ASSERT_LT(std::chrono::steady_clock::now(), end) << "worker " << i;
        std::this_thread::yield();
      }
    }
  }

 private:
  const PortSet ports_{std::vector<uint16_t>{kDnsPort}};

 public:
  FedCapture capture;
  Pipeline pipeline;
  Cuts cuts;

 private:
  std::thread thread_;
};

class Live : public ::testing::TestWithParam<size_t> {
 protected:
  void SetUp() override {
    traffic_ = MakeTraffic({.exchanges = 3000, .spacing = 9'000'000});
    std::stable_sort(traffic_.frames.begin(), traffic_.frames.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
    first_ = (SliceOf(traffic_.frames.front().time, kEpoch) + 1) * kEpoch;
    last_ = (SliceOf(traffic_.frames.back().time, kEpoch) + 1) * kEpoch;
  }

  // What a replay of everything before `end` tells.
  std::string ReplayedUntil(int64_t end) {
    std::vector<TimedFrame> frames;
    for (const TimedFrame& frame : traffic_.frames) {
      if (frame.time.ns < end) frames.push_back(frame);
    }
    MemorySource source(frames, true);
    return Told(CountPackets(source, SmallOptions(1, 1)));
  }

  Traffic traffic_;
  int64_t first_ = 0;  // ns, end of the first epoch that has frames, and of the last one
  int64_t last_ = 0;
};

// Not a frame less, not a frame more than came before the epoch's end, in every figure.
TEST_P(Live, EverySnapshotTellsWhatAReplayUpToThatCutTells) {
  LiveRun run(traffic_.frames, GetParam());
  size_t number = 1;  // 0: of nothing, when the clock was first told
  for (int64_t end = first_; end <= last_; end += kEpoch, ++number) {
    run.capture.ArriveUntil({end - 1});
    run.WaitUntilCounted({end - 1});
    run.capture.ArriveUntil({end});
    const Snapshot snapshot = run.cuts.Wait(number);
    ExpectConserved(snapshot, 500);
    EXPECT_EQ(snapshot.frames.source_residual, 0);
    EXPECT_EQ(Told(snapshot), ReplayedUntil(end)) << "cut " << number;
  }
  EXPECT_EQ(run.cuts.Wait(0).frames.seen, 0U);
}

TEST_P(Live, TheLastSnapshotHoldsWhatCameSinceTheLastEpoch) {
  LiveRun run(traffic_.frames, GetParam());
  run.capture.ArriveUntil({last_ - 1});
  run.Stop();
  const Snapshot snapshot = run.cuts.Wait(run.cuts.size() - 1);
  ExpectConserved(snapshot, 500);
  EXPECT_EQ(snapshot.frames.source_residual, 0);
  EXPECT_EQ(RcodesOf(snapshot), traffic_.rcodes);
}

// A page of the half would show rates that were not there.
TEST_P(Live, NoEpochEndsWithoutAWorker) {
  if (GetParam() == 1) return;
  LiveRun run(traffic_.frames, GetParam());
  run.capture.ArriveUntil({first_ - 1});
  run.WaitUntilCounted({first_ - 1});
  run.capture.Hold(0);
  run.capture.ArriveUntil({last_});
  run.WaitUntilCounted({last_}, 0);  // the others go on meanwhile
  const size_t cuts = run.cuts.size();
  EXPECT_LE(cuts, 1U);
  run.capture.Resume(0);
  run.WaitUntilCounted({last_});
  run.Stop();
  for (size_t i = 0; i < run.cuts.size(); ++i) ExpectConserved(run.cuts.Wait(i), 500);
  EXPECT_EQ(RcodesOf(run.cuts.Wait(run.cuts.size() - 1)), traffic_.rcodes);
}

TEST_P(Live, ALateCollectorHoldsNobodyUpAndCostsNoCount) {
  LiveRun run(traffic_.frames, GetParam());
  run.cuts.Hold(true);
  run.capture.ArriveUntil({first_});
  run.cuts.Wait(0);
  run.capture.ArriveUntil({last_});
  run.WaitUntilCounted({last_});
  EXPECT_EQ(run.cuts.size(), 1U);
  run.Stop();
  const size_t epochs = static_cast<size_t>((last_ - first_) / kEpoch) + 1;
  EXPECT_LT(run.cuts.size(), epochs);
  for (size_t i = 0; i < run.cuts.size(); ++i) ExpectConserved(run.cuts.Wait(i), 500);
  EXPECT_EQ(RcodesOf(run.cuts.Wait(run.cuts.size() - 1)), traffic_.rcodes);
}

INSTANTIATE_TEST_SUITE_P(Workers, Live, ::testing::Values(1, 2, 5));

}  // namespace
}  // namespace rcodescope
