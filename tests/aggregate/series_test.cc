// Responses over time in a bounded number of steps, against a plain sum.
#include "aggregate/series.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace rcodescope {
namespace {

constexpr Rcode kNoError{};
constexpr Rcode kBadSig{RcodeSpace::kTsig, 16};

struct Event {
  int64_t window;
  Rcode rcode;
  uint64_t count;
};

int64_t Floor(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

// What Series promises, worked out the long way.
SeriesCount Expected(const std::vector<Event>& events, int64_t width) {
  SeriesCount series;
  if (events.empty()) return series;
  const auto [low, high] =
      std::minmax_element(events.begin(), events.end(),
                          [](const Event& a, const Event& b) { return a.window < b.window; });
  int64_t factor = 1;
  while (Floor(high->window, factor) - Floor(low->window, factor) + 1 > Series::kMostSteps) {
    factor *= 2;
  }
  const int64_t first = Floor(low->window, factor);
  series.step = width * factor;
  series.begin = {first * series.step};
  series.steps = static_cast<size_t>(Floor(high->window, factor) - first + 1);
  std::map<Rcode, std::vector<uint64_t>> rows;
  for (const Event& event : events) {
    std::vector<uint64_t>& row = rows[event.rcode];
    row.resize(series.steps);
    row[static_cast<size_t>(Floor(event.window, factor) - first)] += event.count;
  }
  series.rcodes.assign(rows.begin(), rows.end());
  return series;
}

void ExpectEqual(const SeriesCount& found, const SeriesCount& expected) {
  EXPECT_EQ(found.begin, expected.begin);
  EXPECT_EQ(found.step, expected.step);
  EXPECT_EQ(found.steps, expected.steps);
  EXPECT_EQ(found.rcodes, expected.rcodes);
}

SeriesCount Count(const std::vector<Event>& events, int64_t width) {
  Series series(width);
  for (const Event& event : events) series.Add(event.window, event.rcode, event.count);
  return series.Build();
}

TEST(Series, IsEmptyWithoutResponses) {
  const SeriesCount series = Series(kNanosPerSecond).Build();
  EXPECT_EQ(series.step, 0);
  EXPECT_EQ(series.steps, 0U);
  EXPECT_TRUE(series.rcodes.empty());
}

TEST(Series, WindowsWithoutResponsesAreZero) {
  const SeriesCount series = Count({{10, kNoError, 4}, {13, kBadSig, 2}}, kNanosPerSecond);
  EXPECT_EQ(series.begin, Timestamp{10 * kNanosPerSecond});
  EXPECT_EQ(series.step, kNanosPerSecond);
  const std::vector<std::pair<Rcode, std::vector<uint64_t>>> expected = {{kNoError, {4, 0, 0, 0}},
                                                                         {kBadSig, {0, 0, 0, 2}}};
  EXPECT_EQ(series.rcodes, expected);
}

TEST(Series, HoldsAnHourOfSecondsAsItIsAndNoStepMore) {
  const SeriesCount hour = Count({{0, kNoError, 1}, {3599, kNoError, 1}}, kNanosPerSecond);
  EXPECT_EQ(hour.steps, 3600U);
  EXPECT_EQ(hour.step, kNanosPerSecond);
  const SeriesCount longer = Count({{0, kNoError, 1}, {3600, kNoError, 1}}, kNanosPerSecond);
  EXPECT_EQ(longer.steps, 1801U);
  EXPECT_EQ(longer.step, 2 * kNanosPerSecond);
}

TEST(Series, StepsAreAlignedToTheEpochBeforeIt) {
  // Windows -1 and 3600 do not share a step of two with 0 and 3601.
  const SeriesCount series =
      Count({{-1, kNoError, 1}, {0, kNoError, 2}, {3600, kNoError, 4}, {3601, kNoError, 8}},
            kNanosPerSecond);
  EXPECT_EQ(series.begin, Timestamp{-2 * kNanosPerSecond});
  EXPECT_EQ(series.steps, 1802U);
  EXPECT_EQ(series.rcodes.front().second.front(), 1U);
  EXPECT_EQ(series.rcodes.front().second[1], 2U);
  EXPECT_EQ(series.rcodes.front().second.back(), 12U);
}

TEST(Series, RandomTimesAgainstAPlainSum) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    // Spans of a few windows up to the years a damaged clock may make.
    const auto span = static_cast<int64_t>(1 + random() % (uint64_t{1} << (seed % 36)));
    const int64_t begin = static_cast<int64_t>(random() % 4'000'000'000) - 2'000'000'000;
    std::vector<Event> events(1 + random() % 3000);
    for (Event& event : events) {
      event = {begin + static_cast<int64_t>(random() % static_cast<uint64_t>(span)),
               {static_cast<RcodeSpace>(random() % 3), static_cast<uint16_t>(random() % 4)},
               1 + random() % 5};
    }
    const SeriesCount expected = Expected(events, kNanosPerSecond);
    EXPECT_LE(expected.steps, static_cast<size_t>(Series::kMostSteps));
    const SeriesCount found = Count(events, kNanosPerSecond);
    ExpectEqual(found, expected);
    // The order in which they come does not matter.
    std::shuffle(events.begin(), events.end(), random);
    ExpectEqual(Count(events, kNanosPerSecond), expected);
    // And nothing is lost.
    uint64_t sum = 0;
    for (const auto& [rcode, row] : found.rcodes) {
      sum = std::accumulate(row.begin(), row.end(), sum);
    }
    uint64_t added = 0;
    for (const Event& event : events) added += event.count;
    EXPECT_EQ(sum, added);
  }
}

}  // namespace
}  // namespace rcodescope
