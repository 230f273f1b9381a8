// Memory has a limit. Beyond it resolution is lost, never a response, and the limits say so.
#include <array>
#include <numeric>
#include <string>

#include <gtest/gtest.h>

#include "tests/pipeline/conservation.h"
#include "tests/pipeline/run.h"
#include "tests/pipeline/traffic.h"

namespace rcodescope {
namespace {

const DimensionCount& Of(const Snapshot& snapshot, Dimension dimension) {
  return snapshot.dimensions[static_cast<size_t>(dimension)];
}

uint64_t Sum(const RcodeCounts& counts) {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0},
                         [](uint64_t sum, const auto& count) { return sum + count.second; });
}

TEST(Limits, FullTablesKeepTotalsExact) {
  const Traffic traffic = MakeTraffic(
      {.exchanges = 12'000, .clients = 3000, .servers = 2000, .zones = 3500, .spacing = 100'000});
  std::array<uint64_t, kDimensions> capacities{};
  for (const size_t workers : std::array<size_t, 4>{1, 2, 4, 7}) {
    SCOPED_TRACE(workers);
    PipelineOptions options = SmallOptions(workers, 1);
    options.memory = uint64_t{64} << 10;
    options.top = 100;
    MemorySource source(traffic.frames);
    const Snapshot snapshot = CountPackets(source, options);
    ExpectConserved(snapshot, options.top);
    EXPECT_EQ(RcodesOf(snapshot), traffic.rcodes);
    EXPECT_EQ(snapshot.response_total, traffic.responses);
    for (size_t i = 0; i < kDimensions; ++i) {
      SCOPED_TRACE(kDimensionNames[i]);
      const DimensionCount& dimension = snapshot.dimensions[i];
      ASSERT_GT(traffic.keys[i].size(), dimension.capacity);
      EXPECT_GT(dimension.overflow_responses, 0U);
      EXPECT_GT(dimension.tracked, 0U);
      EXPECT_GT(dimension.evicted, 0U);
      EXPECT_GT(dimension.error_bound, 0U);
      if (workers == 1) capacities[i] = dimension.capacity;
      EXPECT_EQ(dimension.capacity, capacities[i]);
      // What is shown under a key never exceeds what the key had.
      for (const KeyCount& row : dimension.top) {
        for (const auto& [rcode, count] : row.rcodes) {
          EXPECT_LE(count, traffic.keys[i].at(row.key).at(rcode)) << row.key;
        }
        EXPECT_LE(Sum(traffic.keys[i].at(row.key)), row.responses + dimension.error_bound);
      }
    }
  }
}

TEST(Limits, AFullTableStaysHalfFull) {
  // Long names: what a key costs must not matter.
  const Traffic traffic = MakeTraffic({.exchanges = 12'000,
                                       .clients = 3000,
                                       .servers = 2000,
                                       .zones = 3500,
                                       .zone_label = 63,
                                       .spacing = 100'000});
  PipelineOptions options = SmallOptions(1, 1);
  options.memory = uint64_t{64} << 10;
  MemorySource source(traffic.frames);
  const Snapshot snapshot = CountPackets(source, options);
  for (const Dimension dimension : {Dimension::kServer, Dimension::kClient}) {
    SCOPED_TRACE(kDimensionNames[static_cast<size_t>(dimension)]);
    const DimensionCount& counts = Of(snapshot, dimension);
    EXPECT_GT(counts.tracked, counts.capacity * 2 / 5);
    EXPECT_GT(counts.evicted, 0U);
  }
  // Room for names ends before room for keys: with 69 bytes each in place of 32.
  const DimensionCount& zones = Of(snapshot, Dimension::kZone);
  EXPECT_GT(zones.tracked, zones.capacity * 32 / 69 / 3);
}

TEST(Limits, CapacityFollowsFromMemoryAlone) {
  const Traffic traffic = MakeTraffic({.exchanges = 100});
  uint64_t smaller = 0;
  for (const uint64_t memory : {uint64_t{1} << 20, uint64_t{32} << 20, uint64_t{128} << 20}) {
    uint64_t capacity = 0;
    for (const size_t workers : std::array<size_t, 4>{1, 2, 7, 16}) {
      PipelineOptions options = SmallOptions(workers, workers);
      options.memory = memory;
      MemorySource source(traffic.frames);
      const Snapshot snapshot = CountPackets(source, options);
      const uint64_t clients = Of(snapshot, Dimension::kClient).capacity;
      if (capacity == 0) capacity = clients;
      EXPECT_EQ(clients, capacity) << workers << " workers";
    }
    EXPECT_GT(capacity, smaller);
    smaller = capacity;
  }
}

TEST(Limits, UnkeyedResponsesAreOtherButNoOverflow) {
  const Traffic traffic = MakeTraffic({});
  MemorySource source(traffic.frames);
  const Snapshot snapshot = CountPackets(source, SmallOptions(1, 1));
  const DimensionCount& zones = Of(snapshot, Dimension::kZone);
  EXPECT_EQ(zones.overflow_responses, 0U);
  const RcodeCounts other(zones.other.rcodes.begin(), zones.other.rcodes.end());
  // Those without a question.
  EXPECT_EQ(other,
            (RcodeCounts{{{RcodeSpace::kDns, 4}, traffic.rcodes.at({RcodeSpace::kDns, 4})}}));
  EXPECT_EQ(Of(snapshot, Dimension::kClient).other.responses, 0U);
}

TEST(Limits, TopKeysLeaveTheRestToOther) {
  const Traffic traffic = MakeTraffic({});
  for (const size_t top : std::array<size_t, 4>{1, 2, 7, 24}) {
    PipelineOptions options = SmallOptions(2, 1);
    options.top = top;
    MemorySource source(traffic.frames);
    const Snapshot snapshot = CountPackets(source, options);
    ExpectConserved(snapshot, top);
    EXPECT_EQ(RcodesOf(snapshot), traffic.rcodes);
    EXPECT_EQ(Of(snapshot, Dimension::kZone).top.size(), top);
  }
}

}  // namespace
}  // namespace rcodescope
