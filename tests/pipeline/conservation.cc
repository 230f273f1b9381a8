#include "tests/pipeline/conservation.h"

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

#include "aggregate/site_table.h"
#include "aggregate/tap_counts.h"

namespace rcodescope {
namespace {

template <typename Counts>
uint64_t Sum(const Counts& counts) {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

void ExpectRow(const KeyCount& row) {
  uint64_t responses = 0;
  uint64_t errors = 0;
  for (const auto& [rcode, count] : row.rcodes) {
    responses += count;
    if (rcode != Rcode{}) errors += count;
  }
  EXPECT_EQ(row.responses, responses) << row.key;
  EXPECT_EQ(row.errors, errors) << row.key;
  for (size_t i = 1; i < row.rcodes.size(); ++i) {
    const auto& [before, more] = row.rcodes[i - 1];
    const auto& [rcode, count] = row.rcodes[i];
    EXPECT_TRUE(more > count || (more == count && before < rcode)) << row.key;
  }
}

void ExpectDimension(const DimensionCount& dimension, const RcodeCounts& totals, size_t top) {
  EXPECT_EQ(RcodesOf(dimension), totals);
  EXPECT_LE(dimension.top.size(), top);
  EXPECT_LE(dimension.tracked, dimension.capacity);
  EXPECT_EQ(dimension.other.key, "other");
  EXPECT_GE(dimension.other.responses, dimension.overflow_responses);
  for (const KeyCount& row : dimension.top) ExpectRow(row);
  ExpectRow(dimension.other);
  const auto more = [](const KeyCount& a, const KeyCount& b) { return a.responses > b.responses; };
  EXPECT_TRUE(std::is_sorted(dimension.top.begin(), dimension.top.end(), more));
}

void ExpectSeries(const SeriesCount& series, const RcodeCounts& totals) {
  EXPECT_LE(series.steps, 3600U);
  RcodeCounts sums;
  for (const auto& [rcode, steps] : series.rcodes) {
    EXPECT_EQ(steps.size(), series.steps);
    sums[rcode] = Sum(steps);
  }
  EXPECT_EQ(sums, totals);
}

}  // namespace

RcodeCounts RcodesOf(const Snapshot& snapshot) {
  RcodeCounts counts;
  for (const ResponseCount& row : snapshot.responses) counts[row.rcode] += row.count;
  return counts;
}

RcodeCounts RcodesOf(const DimensionCount& dimension) {
  RcodeCounts counts;
  for (const KeyCount& row : dimension.top) {
    for (const auto& [rcode, count] : row.rcodes) counts[rcode] += count;
  }
  for (const auto& [rcode, count] : dimension.other.rcodes) counts[rcode] += count;
  return counts;
}

void ExpectConserved(const Snapshot& snapshot, size_t top) {
  const FrameLedger& frames = snapshot.frames;
  EXPECT_EQ(frames.residual, 0);
  EXPECT_EQ(frames.message_residual, 0);
  EXPECT_EQ(frames.seen, Sum(frames.dispositions) + frames.held);

  const RcodeCounts totals = RcodesOf(snapshot);
  uint64_t responses = 0;
  for (const auto& [rcode, count] : totals) responses += count;
  EXPECT_EQ(responses, snapshot.response_total);
  EXPECT_EQ(Sum(snapshot.header_rcodes), snapshot.response_total);
  EXPECT_EQ(Sum(snapshot.answer_kinds), snapshot.response_total);
  uint64_t low4 = 0;
  for (const ResponseCount& row : snapshot.responses) {
    if (row.certainty == Certainty::kLow4) low4 += row.count;
  }
  EXPECT_EQ(Sum(snapshot.low4_reasons), low4);
  uint64_t queries = 0;
  for (const QueryCount& row : snapshot.queries) queries += row.count;
  EXPECT_EQ(queries, snapshot.query_total);

  for (size_t i = 0; i < kDimensions; ++i) {
    SCOPED_TRACE(kDimensionNames[i]);
    ExpectDimension(snapshot.dimensions[i], totals, top);
  }
  ExpectDimension(snapshot.nsids, totals, kMostNsids);
  if (snapshot.has_sites) ExpectDimension(snapshot.sites, totals, SiteTable::kMostSites);
  ExpectSeries(snapshot.series, totals);
}

}  // namespace rcodescope
