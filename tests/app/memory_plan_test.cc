// The parts of --memory are no more than the whole.
#include "app/memory_plan.h"

#include <array>

#include <gtest/gtest.h>

#include "aggregate/shard.h"
#include "parse/fragment_table.h"
#include "parse/tcp_streams.h"

namespace rcodescope {
namespace {

constexpr std::array<size_t, 7> kWorkers = {1, 2, 3, 8, 32, 100, 256};

uint64_t Sum(const MemoryPlan& plan) {
  return plan.keys + plan.listing + plan.codes + plan.spikes + plan.errors +
         plan.workers *
             (Shard::kKeyCopies * plan.key_delta + plan.windows + plan.fragments + plan.streams);
}

TEST(MemoryPlan, PartsDoNotExceedTheTotal) {
  for (const size_t workers : kWorkers) {
    const uint64_t minimum = PlanMemory(0, workers).minimum;
    for (uint64_t total = minimum; total < uint64_t{1} << 41; total += total / 3) {
      const MemoryPlan plan = PlanMemory(total, workers);
      EXPECT_TRUE(plan.enough());
      EXPECT_LE(Sum(plan), total) << workers << " workers, " << total;
      EXPECT_GE(plan.fragments, FragmentTable::kMinimumBytes);
      EXPECT_GE(plan.streams, TcpStreams::kMinBytes);
    }
    EXPECT_FALSE(PlanMemory(minimum - 1, workers).enough());
  }
}

TEST(MemoryPlan, KeysOfAllTimeHaveTheSameForAnyWorkers) {
  const uint64_t one = PlanMemory(uint64_t{4} << 30, 1).keys;
  for (const size_t workers : kWorkers) {
    EXPECT_EQ(PlanMemory(uint64_t{4} << 30, workers).keys, one);
  }
  EXPECT_GT(one, uint64_t{1} << 30);
}

TEST(MemoryPlan, TheDefaultIsEnoughForACommonMachine) {
  EXPECT_TRUE(PlanMemory(uint64_t{256} << 20, 16).enough());
  EXPECT_LT(PlanMemory(0, 1).minimum, uint64_t{40} << 20);
}

TEST(MemoryPlan, TheSpikeDetectorFollowsLessWhereThereIsLittle) {
  const SpikeOptions usual;
  const SpikeOptions ample = SpikeOptionsFor(uint64_t{256} << 20);
  EXPECT_EQ(ample.most_zones, usual.most_zones);
  EXPECT_EQ(ample.most_rows, usual.most_rows);
  EXPECT_EQ(SpikeOptionsFor(uint64_t{1} << 40).most_groups, usual.most_groups);
  const SpikeOptions little = SpikeOptionsFor(uint64_t{64} << 20);
  EXPECT_EQ(little.most_zones, usual.most_zones / 4);
  EXPECT_EQ(little.most_groups, usual.most_groups / 4);
  EXPECT_LT(PlanMemory(uint64_t{64} << 20, 1).spikes,
            PlanMemory(uint64_t{256} << 20, 1).spikes / 2);
}

TEST(MemoryPlan, FewerErrorsAreFollowedWhereThereIsLittle) {
  const ErrorRoom usual;
  EXPECT_EQ(ErrorRoomFor(uint64_t{1} << 40).rows, usual.rows);
  EXPECT_EQ(ErrorRoomFor(uint64_t{64} << 20).rows, usual.rows / 4);
  EXPECT_EQ(ErrorRoomFor(uint64_t{64} << 20).paths, usual.paths / 4);
}

TEST(MemoryPlan, AsManyWorkersAsThereIsMemoryFor) {
  for (const size_t workers : kWorkers) {
    const uint64_t minimum = PlanMemory(0, workers).minimum;
    EXPECT_EQ(WorkersFor(minimum, 256), workers);
    EXPECT_EQ(WorkersFor(minimum - 1, workers), workers == 1 ? 1 : workers - 1);
    EXPECT_EQ(WorkersFor(uint64_t{1} << 40, workers), workers);
  }
}

}  // namespace
}  // namespace rcodescope
