// The streams that detectors are judged on are what they claim to be.
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "bench/incidents/draws.h"
#include "bench/incidents/scenario.h"
#include "bench/incidents/slice_frames.h"
#include "bench/incidents/stream.h"
#include "bench/incidents/window_view.h"

namespace rcodescope {
namespace {

constexpr int64_t kHour = 3600;
constexpr int64_t kDay = 24 * kHour;
constexpr Timestamp kMonday{1'767'571'200 * kNanosPerSecond};

struct Moments {
  double mean = 0;
  double variance = 0;
};

Moments MomentsOf(const std::vector<double>& values) {
  Moments moments;
  for (const double value : values) moments.mean += value;
  moments.mean /= static_cast<double>(values.size());
  for (const double value : values) moments.variance += std::pow(value - moments.mean, 2);
  moments.variance /= static_cast<double>(values.size());
  return moments;
}

template <typename Draw>
Moments MomentsOfDraws(Draw draw) {
  Random random(7);
  std::vector<double> values;
  for (int i = 0; i < 100'000; ++i) values.push_back(static_cast<double>(draw(random)));
  return MomentsOf(values);
}

TEST(Draws, HaveTheMomentsOfTheirDistributions) {
  for (const double mean : {0.3, 7.0, 29.0, 400.0}) {
    const Moments poisson =
        MomentsOfDraws([mean](Random& random) { return Poisson(mean, random); });
    EXPECT_NEAR(poisson.mean, mean, 0.02 * mean);
    EXPECT_NEAR(poisson.variance, mean, 0.04 * mean);
  }
  const Moments gamma = MomentsOfDraws([](Random& random) { return UnitGamma(8, random); });
  EXPECT_NEAR(gamma.mean, 1, 0.01);
  EXPECT_NEAR(gamma.variance, 1.0 / 8, 0.005);
  for (const uint64_t count : {20U, 1000U}) {
    const Moments binomial =
        MomentsOfDraws([count](Random& random) { return Binomial(count, 0.3, random); });
    EXPECT_NEAR(binomial.mean, 0.3 * static_cast<double>(count), 0.01 * static_cast<double>(count));
    EXPECT_NEAR(binomial.variance, 0.21 * static_cast<double>(count),
                0.01 * static_cast<double>(count));
  }
}

TEST(Draws, ChooseByWeight) {
  const WeightedChoice choice({1, 0, 6, 3});
  std::map<uint32_t, int> counts;
  Random random(3);
  for (int i = 0; i < 100'000; ++i) ++counts[choice.Draw(random)];
  EXPECT_EQ(counts[1], 0);
  EXPECT_NEAR(counts[0], 10'000, 500);
  EXPECT_NEAR(counts[2], 60'000, 800);
}

// By code, of a list.
std::map<Rcode, uint64_t> Sums(const std::vector<RcodeCount>& counts) {
  std::map<Rcode, uint64_t> sums;
  for (const RcodeCount& count : counts) sums[count.rcode] += count.responses;
  return sums;
}

TEST(IncidentStream, WindowsAddUp) {
  const Scenario scenario = DrawIncidentScenario(5);
  Stream stream(scenario);
  WindowView view(scenario.sensor);
  Slice slice;
  for (int i = 0; i < 8000 && stream.Next(slice); ++i) {
    const Window& window = view.Of(slice);
    const std::map<Rcode, uint64_t> all = Sums(window.rcodes);
    std::map<Rcode, uint64_t> of_servers;
    for (const ServerWindow& server : window.servers) {
      for (const auto& [rcode, responses] : Sums(server.rcodes)) of_servers[rcode] += responses;
    }
    std::map<Rcode, uint64_t> of_groups;
    for (const ErrorGroup& group : window.errors) of_groups[group.rcode] += group.responses;
    EXPECT_EQ(of_servers, all);
    of_groups[{RcodeSpace::kDns, kRcodeNoError}] = all.at({RcodeSpace::kDns, kRcodeNoError});
    EXPECT_EQ(of_groups, all);
    for (const ErrorSpread& spread : window.spread) {
      const auto responses = static_cast<double>(all.at(spread.rcode));
      EXPECT_LE(spread.clients, responses);
      EXPECT_LE(spread.names, responses);
      EXPECT_GE(spread.names, 1);
    }
    if (HasFailure()) FAIL() << "seed 5, window " << i;
  }
}

std::string Text(const Window& window) {
  std::string text = std::to_string(window.begin.ns) + ' ' + std::to_string(window.length);
  for (const ErrorGroup& group : window.errors) {
    text += ' ' + group.zone.str() + group.client.str() + group.server.str() +
            std::to_string(group.responses);
  }
  return text;
}

TEST(IncidentStream, FollowsFromItsSeed) {
  for (const uint64_t seed : {5U, 6U}) {
    const Scenario first = DrawIncidentScenario(seed);
    const Scenario second = DrawIncidentScenario(5);
    Stream first_stream(first);
    Stream second_stream(second);
    WindowView first_view(first.sensor);
    WindowView second_view(second.sensor);
    Slice slice;
    int equal = 0;
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(first_stream.Next(slice));
      const std::string text = Text(first_view.Of(slice));
      ASSERT_TRUE(second_stream.Next(slice));
      equal += text == Text(second_view.Of(slice)) ? 1 : 0;
    }
    EXPECT_EQ(equal, seed == 5 ? 200 : 0);
  }
}

TEST(Background, HasItsMeanOverADayAndScattersMoreThanPoisson) {
  for (const SensorKind kind :
       {SensorKind::kResolver, SensorKind::kAuthoritative, SensorKind::kTld}) {
    Scenario scenario;
    scenario.seed = 11;
    scenario.sensor = MakeSensor(kind, 300, 12);
    scenario.begin = kMonday;
    scenario.seconds = kDay;
    Stream stream(scenario);
    std::map<uint16_t, double> day;
    std::vector<double> hour;
    for (Slice slice; stream.Next(slice);) {
      double errors = 0;
      for (const Cell& cell : slice.errors) {
        day[cell.code] += static_cast<double>(cell.responses);
        if (cell.code == kRcodeNxDomain) errors += static_cast<double>(cell.responses);
      }
      if (slice.begin.ns < kMonday.ns + kHour * kNanosPerSecond) hour.push_back(errors);
    }
    // Levels wander for hours, so a day's mean is not a week's.
    const double expected = 300 * scenario.sensor.Profile(kRcodeNxDomain)->share;
    EXPECT_NEAR(day[kRcodeNxDomain] / kDay, expected, 0.35 * expected);
    const Moments moments = MomentsOf(hour);
    EXPECT_GT(moments.variance, 1.3 * moments.mean);
  }
}

TEST(Background, IsLowAtNight) {
  const Sensor sensor = MakeSensor(SensorKind::kResolver, 300, 1);
  double week = 0;
  for (int64_t at = 0; at < 7 * kDay; at += 60) {
    week += sensor.DayLevel({kMonday.ns + at * kNanosPerSecond});
  }
  EXPECT_NEAR(week / (7 * kDay / 60), 1, 0.02);
  const double night = sensor.DayLevel({kMonday.ns + 4 * kHour * kNanosPerSecond});
  const double evening = sensor.DayLevel({kMonday.ns + 20 * kHour * kNanosPerSecond});
  EXPECT_LT(night, 0.6 * evening);
}

TEST(Incidents, AddWhatTheirTruthSays) {
  int whole = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const Scenario scenario = DrawPacketScenario(seed);
    if (scenario.incidents.front().shape != IncidentShape::kStep) continue;
    Stream stream(scenario);
    double during = 0;
    for (Slice slice; stream.Next(slice);) {
      if (stream.truths().empty() || slice.begin >= stream.truths().front().incident.end())
        continue;
      for (const Cell& cell : slice.errors) {
        const Incident& incident = stream.truths().front().incident;
        if (cell.code == incident.code) during += static_cast<double>(cell.responses);
      }
    }
    ASSERT_EQ(stream.truths().size(), 1U);
    const Truth& truth = stream.truths().front();
    const double rate = during / static_cast<double>(truth.incident.seconds);
    EXPECT_NEAR(rate, truth.usual + truth.incident.extra, 0.3 * rate) << "seed " << seed;
    EXPECT_EQ(truth.due, truth.incident.begin);
    ++whole;
  }
  EXPECT_GE(whole, 3);
}

TEST(SliceFrames, AreTwoForEachResponseInOrder) {
  const Scenario scenario = DrawPacketScenario(4);
  Stream stream(scenario);
  SliceFrames frames(scenario.sensor, 1);
  Slice slice;
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(stream.Next(slice));
    uint64_t responses = 0;
    for (const uint64_t answered : slice.answered) responses += answered;
    for (const Cell& cell : slice.errors) responses += cell.responses;
    Timestamp last = slice.begin;
    for (const SliceFrame& frame : frames.Of(slice)) {
      EXPECT_GE(frame.time, last);
      last = frame.time;
    }
    EXPECT_EQ(frames.Of(slice).size(), 2 * responses);
    EXPECT_LT(last.ns, slice.begin.ns + kNanosPerSecond);
  }
}

}  // namespace
}  // namespace rcodescope
