// A live capture through the program: what a snapshot of an epoch holds, and what happens when a
// worker or the collector is late.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/pipeline/conservation.h"
#include "tests/pipeline/live_run.h"
#include "tests/pipeline/run.h"
#include "tests/pipeline/traffic.h"

namespace rcodescope {
namespace {

class Live : public ::testing::TestWithParam<LiveShape> {
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
    MemorySource source(frames);
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
    run.CountUntil({end - kEpoch}, {end - 1});
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
  if (GetParam().workers == 1 || GetParam().shared_out) return;
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

INSTANTIATE_TEST_SUITE_P(Queues, Live, ::testing::Values(LiveShape{1}, LiveShape{2}, LiveShape{5}));
INSTANTIATE_TEST_SUITE_P(FanOut, Live,
                         ::testing::Values(LiveShape{1, true}, LiveShape{2, true},
                                           LiveShape{5, true}));

}  // namespace
}  // namespace rcodescope
