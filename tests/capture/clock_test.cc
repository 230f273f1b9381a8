// The clock of a replay: never back, jumps bounded, no batch across slices (capture/intake.h).
#include <algorithm>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "tests/capture/read_capture.h"

namespace rcodescope {
namespace {

constexpr int64_t kSecond = kNanosPerSecond;
constexpr int64_t kDay = 24 * 3600 * kSecond;

Got ReadTimes(const std::vector<int64_t>& times, int64_t slice = kSecond) {
  std::vector<FileFrame> frames;
  for (const int64_t time : times) frames.push_back({.time = {time}, .bytes = Fill(60)});
  FileSourceOptions options;
  options.slice = slice;
  return Read(Pcap(frames, {.nanoseconds = true}), std::move(options));
}

// The same through Intake alone, which takes times that no file can express.
struct Offered {
  std::vector<Packet> packets;
  std::vector<int64_t> nows;
  CaptureStats stats;
};
Offered OfferTimes(const std::vector<int64_t>& times, int64_t slice = kSecond) {
  Intake intake(slice, nullptr);
  Offered offered;
  PacketBatch batch;
  intake.Begin(batch);
  const Bytes bytes = Fill(60);
  const auto finish = [&] {
    for (size_t i = 0; i < batch.size; ++i) {
      offered.packets.push_back(batch.packets[i]);
      offered.nows.push_back(batch.now.ns);
    }
  };
  for (const int64_t time : times) {
    Packet packet{.data = bytes.data(), .time = {time}, .captured = 60, .wire = 60};
    while (intake.full() || intake.Offer(packet) == Intake::Verdict::kNextBatch) {
      finish();
      intake.Begin(batch);
    }
  }
  finish();
  offered.stats = intake.stats();
  return offered;
}

uint64_t Count(const CaptureStats& stats, RecordAnomaly anomaly) {
  return stats.anomalies[static_cast<size_t>(anomaly)];
}

TEST(Clock, SlicesAreAlignedToTheEpochAlsoBeforeIt) {
  EXPECT_EQ(SliceOf({0}, 10), 0);
  EXPECT_EQ(SliceOf({9}, 10), 0);
  EXPECT_EQ(SliceOf({10}, 10), 1);
  EXPECT_EQ(SliceOf({-1}, 10), -1);
  EXPECT_EQ(SliceOf({-10}, 10), -1);
  EXPECT_EQ(SliceOf({-11}, 10), -2);
}

TEST(Clock, ReachesFrom1970To2106) {
  const struct {
    const char* name;
    int64_t seconds;
  } kCases[] = {
      {"1970-01-01T00:00:00", 0},
      {"the last second of a signed 32-bit time, 2038", 0x7fffffff},
      {"the first beyond it", 0x80000000},
      {"the last second of an unsigned 32-bit time, 2106", 0xffffffff},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const int64_t time = test.seconds * kSecond + 999'999'999;
    const Got got = ReadTimes({time});
    ASSERT_EQ(got.frames.size(), 1u);
    EXPECT_EQ(got.frames[0].packet.time.ns, time);
    EXPECT_EQ(got.frames[0].now.ns, time);
    EXPECT_EQ(got.stats.first.ns, time);
    EXPECT_EQ(got.stats.last.ns, time);
    for (const uint64_t anomalies : got.stats.anomalies) EXPECT_EQ(anomalies, 0u);
  }
}

TEST(Clock, IsTheLargestTimeSoFar) {
  const std::vector<int64_t> times = {kNewYear + 5, kNewYear + 3, kNewYear + 8, kNewYear};
  const Got got = ReadTimes(times);
  EXPECT_EQ(got.times(), times) << "frames keep their own times and their order";
  EXPECT_EQ(got.frames.back().now.ns, kNewYear + 8);
  EXPECT_EQ(got.stats.first.ns, kNewYear);
  EXPECT_EQ(got.stats.last.ns, kNewYear + 8);
  EXPECT_EQ(got.anomaly(RecordAnomaly::kTimeLate), 0u) << "all in one slice";
}

TEST(Clock, AFrameOfAnOlderSliceIsLateAndBelongsToTheClocks) {
  const Got got = ReadTimes({kNewYear + kSecond, kNewYear + kSecond - 1, kNewYear});
  ASSERT_EQ(got.frames.size(), 3u);
  for (const GotFrame& frame : got.frames) EXPECT_EQ(frame.now.ns, kNewYear + kSecond);
  EXPECT_EQ(got.anomaly(RecordAnomaly::kTimeLate), 2u);
}

TEST(Clock, ABatchEndsWhereASliceDoes) {
  const Got got = ReadTimes({kNewYear, kNewYear + kSecond - 1, kNewYear + kSecond,
                             kNewYear + kSecond + 1, kNewYear + 3 * kSecond});
  ASSERT_EQ(got.frames.size(), 5u);
  EXPECT_EQ(got.frames[0].batch, got.frames[1].batch);
  EXPECT_NE(got.frames[1].batch, got.frames[2].batch);
  EXPECT_EQ(got.frames[2].batch, got.frames[3].batch);
  EXPECT_NE(got.frames[3].batch, got.frames[4].batch);
  EXPECT_EQ(got.frames[1].now.ns, kNewYear + kSecond - 1);
  EXPECT_EQ(got.frames[2].now.ns, kNewYear + kSecond + 1);
}

TEST(Clock, ABatchHolds64Frames) {
  const Got got = ReadTimes(std::vector<int64_t>(130, kNewYear));
  ASSERT_EQ(got.frames.size(), 130u);
  EXPECT_EQ(got.frames[63].batch, 0u);
  EXPECT_EQ(got.frames[64].batch, 1u);
  EXPECT_EQ(got.frames[128].batch, 2u);
}

TEST(Clock, NeverGoesBackAndNoBatchSpansSlicesWhateverTheTimes) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    std::vector<int64_t> times;
    int64_t time = kNewYear;
    for (int i = 0; i < 2000; ++i) {
      time += static_cast<int64_t>(random() % 40'000'000) - 15'000'000;
      times.push_back(time);
    }
    constexpr int64_t kSlice = 100'000'000;
    const Got got = ReadTimes(times, kSlice);
    ASSERT_EQ(got.times(), times);
    // The clock at each frame, by definition; no jump is near a day.
    int64_t clock = times.front();
    uint64_t late = 0;
    int64_t previous = times.front();
    for (size_t i = 0; i < times.size(); ++i) {
      clock = std::max(clock, times[i]);
      late += SliceOf({times[i]}, kSlice) < SliceOf({clock}, kSlice) ? 1U : 0U;
      const int64_t now = got.frames[i].now.ns;
      ASSERT_EQ(SliceOf({clock}, kSlice), SliceOf({now}, kSlice)) << "frame " << i;
      ASSERT_GE(now, previous) << "frame " << i;
      previous = now;
    }
    EXPECT_EQ(previous, clock);
    EXPECT_EQ(got.anomaly(RecordAnomaly::kTimeLate), late);
    EXPECT_EQ(got.anomaly(RecordAnomaly::kTimeJump), 0u);
  }
}

TEST(Clock, OneDamagedTimeDoesNotPushItAhead) {
  const Got got = ReadTimes({kNewYear, kNewYear + 30 * kDay, kNewYear + 1, kNewYear + kSecond});
  ASSERT_EQ(got.frames.size(), 4u);
  EXPECT_EQ(got.frames[1].now.ns, kNewYear + 1) << "the batch's, which goes on";
  EXPECT_EQ(got.frames[3].now.ns, kNewYear + kSecond);
  EXPECT_EQ(got.anomaly(RecordAnomaly::kTimeJump), 1u);
  EXPECT_EQ(got.anomaly(RecordAnomaly::kTimeLate), 0u);
}

TEST(Clock, AJumpThatTheNextFrameConfirmsIsBelieved) {
  const int64_t later = kNewYear + 30 * kDay;
  const Got got = ReadTimes({kNewYear, later, later + 1, later + 2});
  ASSERT_EQ(got.frames.size(), 4u);
  EXPECT_EQ(got.frames[1].now.ns, kNewYear);
  EXPECT_EQ(got.frames[2].now.ns, later + 2);
  EXPECT_NE(got.frames[1].batch, got.frames[2].batch);
  EXPECT_EQ(got.anomaly(RecordAnomaly::kTimeJump), 1u);
}

TEST(Clock, ADayAheadIsNoJumpAndANanosecondMoreIsOne) {
  const Got day = ReadTimes({kNewYear, kNewYear + kDay});
  EXPECT_EQ(day.frames.at(1).now.ns, kNewYear + kDay);
  EXPECT_EQ(day.anomaly(RecordAnomaly::kTimeJump), 0u);
  const Got more = ReadTimes({kNewYear, kNewYear + kDay + 1});
  EXPECT_EQ(more.frames.at(1).now.ns, kNewYear);
  EXPECT_EQ(more.anomaly(RecordAnomaly::kTimeJump), 1u);
}

TEST(Clock, DamagedTimesApartDoNotConfirmEachOther) {
  const int64_t ahead = kNewYear + 30 * kDay;
  const Got got = ReadTimes({kNewYear, ahead, kNewYear + 1, ahead, kNewYear + 2});
  EXPECT_EQ(got.frames.at(4).now.ns, kNewYear + 2);
  EXPECT_EQ(got.anomaly(RecordAnomaly::kTimeJump), 2u);
}

TEST(Clock, TheFirstTimeIsBelieved) {
  const Got got = ReadTimes({kNewYear});
  EXPECT_EQ(got.frames.at(0).now.ns, kNewYear);
  EXPECT_EQ(got.anomaly(RecordAnomaly::kTimeJump), 0u);
}

TEST(Clock, AFrameWithoutATimeTakesTheClocks) {
  const Offered offered = OfferTimes({kNewYear, kNoTime.ns, kNewYear + 7, kNoTime.ns});
  ASSERT_EQ(offered.packets.size(), 4u);
  EXPECT_EQ(offered.packets[1].time.ns, kNewYear);
  EXPECT_EQ(offered.packets[3].time.ns, kNewYear + 7);
  EXPECT_EQ(Count(offered.stats, RecordAnomaly::kTimeMissing), 2u);
}

TEST(Clock, TheFirstTimeIsBelievedAlsoBehindFramesWithoutOne) {
  const Offered offered = OfferTimes({kNoTime.ns, kNoTime.ns, kNewYear});
  ASSERT_EQ(offered.packets.size(), 3u);
  EXPECT_EQ(offered.nows[2], kNewYear);
  EXPECT_EQ(Count(offered.stats, RecordAnomaly::kTimeJump), 0u);
  EXPECT_EQ(Count(offered.stats, RecordAnomaly::kTimeMissing), 2u);
}

TEST(Clock, RunsAlsoBefore1970) {
  const Offered offered = OfferTimes({-5 * kSecond, -4 * kSecond - 1, -4 * kSecond, -1, 0});
  EXPECT_EQ(offered.nows,
            (std::vector<int64_t>{-4 * kSecond - 1, -4 * kSecond - 1, -4 * kSecond, -1, 0}));
  EXPECT_EQ(offered.stats.first.ns, -5 * kSecond);
  EXPECT_EQ(offered.stats.last.ns, 0);
}

}  // namespace
}  // namespace rcodescope
