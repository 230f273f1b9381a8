// Time series of a replay, in small: what a sample stands for. A real Prometheus reads them in
// end_to_end/backfill_test.py.
#include "exporters/open_metrics.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/exporters/snapshot_builder.h"

namespace rcodescope {
namespace {

constexpr int64_t kStep = 10 * kNanosPerSecond;
constexpr int64_t kBegin = 1'767'225'600;  // kNewYear, seconds

// A snapshot with so many SERVFAIL, whose last packet came `seconds` after kNewYear.
Snapshot At(int64_t seconds, uint64_t failures) {
  SnapshotBuilder builder;
  if (failures > 0) builder.Responses(kServFail, failures);
  builder.raw().last = {kNewYear.ns + seconds * kNanosPerSecond};
  return builder.snapshot();
}

std::string Text(const StepSeries& series) {
  std::string text;
  EXPECT_TRUE(WriteOpenMetrics(series, [&](std::string_view piece) {
    text += piece;
    return true;
  }));
  return text;
}

// "value time" of the one series of SERVFAIL over UDP and IPv4.
std::vector<std::string> Samples(const StepSeries& series) {
  const std::string name =
      "rcodescope_responses_total{job=\"rcodescope\",instance=\"replay\",rcode=\"SERVFAIL\",space="
      "\"dns\",certainty=\"full\",opcode=\"QUERY\",transport=\"udp\",family=\"ipv4\"} ";
  const std::string text = Text(series);
  std::vector<std::string> samples;
  for (size_t at = 0; (at = text.find(name, at)) != std::string::npos;) {
    at += name.size();
    samples.push_back(text.substr(at, text.find('\n', at) - at));
  }
  return samples;
}

std::string Sample(uint64_t value, int64_t seconds) {
  return std::to_string(value) + " " + std::to_string(kBegin + seconds);
}

TEST(Backfill, ASampleStandsAtTheEndOfItsStepAndOneBeforeTheFirst) {
  StepSeries series(kStep, "1");
  series.Add(At(3, 2));
  series.Add(At(19, 5));
  EXPECT_EQ(Samples(series), (std::vector{Sample(0, 0), Sample(2, 10), Sample(5, 20)}));
}

TEST(Backfill, BetweenSnapshotsCountersStayAsTheyAre) {
  StepSeries series(kStep, "1");
  series.Add(At(0, 1));
  series.Add(At(35, 4));
  EXPECT_EQ(Samples(series), (std::vector{Sample(0, 0), Sample(1, 10), Sample(1, 20), Sample(1, 30),
                                          Sample(4, 40)}));
}

TEST(Backfill, SilenceLongerThanPrometheusLooksBackIsLeftOut) {
  StepSeries series(kStep, "1");
  series.Add(At(0, 1));
  series.Add(At(86'400, 2));
  const std::vector<std::string> samples = Samples(series);
  ASSERT_EQ(samples.size(), 1u + 30 + 2);
  EXPECT_EQ(samples[30], Sample(1, 300));
  EXPECT_EQ(samples[31], Sample(1, 86'400)) << "the last moment before something happens";
  EXPECT_EQ(samples[32], Sample(2, 86'410));
}

TEST(Backfill, ASeriesThatComesUpLaterWasZeroUntilThen) {
  StepSeries series(kStep, "1");
  SnapshotBuilder none;
  none.Responses(kNoError, 1);
  none.raw().last = kNewYear;
  series.Add(none.snapshot());
  SnapshotBuilder some;
  some.Responses(kNoError, 1).Responses(kYxRrset, 7);
  some.raw().last = {kNewYear.ns + 2 * kStep};
  series.Add(some.snapshot());
  const std::string text = Text(series);
  size_t count = 0;
  for (size_t at = 0; (at = text.find("rcode=\"YXRRSET\"", at)) != std::string::npos; ++at) ++count;
  EXPECT_EQ(count, 4u) << "0, 0, 0, 7";
}

TEST(Backfill, FamiliesAreNamedWithoutTotalAndEndWithEof) {
  StepSeries series(kStep, "1");
  series.Add(At(0, 1));
  const std::string text = Text(series);
  EXPECT_NE(text.find("# TYPE rcodescope_responses counter\n"), std::string::npos);
  EXPECT_NE(text.find("# TYPE rcodescope_frames_held gauge\n"), std::string::npos);
  EXPECT_EQ(text.find("# TYPE rcodescope_responses_total"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\n# EOF\n"));
}

TEST(Backfill, OfNothingThereIsNothingButTheEnd) {
  StepSeries series(kStep, "1");
  series.Add(Snapshot{});
  EXPECT_EQ(Text(series), "# EOF\n");
}

TEST(Backfill, StepsOfAPartOfASecondHaveTimesOfTheirOwn) {
  StepSeries series(1'500'000'000, "1");
  series.Add(At(0, 1));
  EXPECT_EQ(Samples(series).back(), "1 1767225601.5");
}

TEST(Backfill, ARefusalEndsIt) {
  StepSeries series(kStep, "1");
  series.Add(At(0, 1));
  int pieces = 0;
  EXPECT_FALSE(WriteOpenMetrics(series, [&](std::string_view) { return ++pieces < 3; }));
  EXPECT_EQ(pieces, 3);
}

}  // namespace
}  // namespace rcodescope
