#include "bench/incidents/hard_scenario.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace rcodescope {
namespace {

constexpr int64_t kHour = 3600;
constexpr int64_t kMonday = 1'767'571'200;  // 2026-01-05T00:00:00Z
constexpr int64_t kQuietBefore = 2 * kHour;

Timestamp After(Timestamp time, int64_t seconds) { return {time.ns + seconds * kNanosPerSecond}; }

class Plan {
 public:
  explicit Plan(uint64_t seed) : random_(seed) {
    scenario_.seed = seed;
    scenario_.sensor = MakeSensor(SensorKind::kResolver, 400, random_.Next());
    scenario_.begin = {(kMonday + 9 * kHour) * kNanosPerSecond};
    scenario_.seconds = kQuietBefore;
  }

  Incident& Add(IncidentKind kind, IncidentShape shape, int64_t at, int64_t seconds, double size) {
    Incident incident = DrawIncident(kind, random_, scenario_.sensor);
    incident.shape = shape;
    incident.begin = After(scenario_.begin, at);
    incident.seconds = seconds;
    incident.size = size;
    scenario_.seconds = std::max(scenario_.seconds, at + seconds + kHour / 2);
    return scenario_.incidents.emplace_back(std::move(incident));
  }

  Random& random() { return random_; }
  Scenario& scenario() { return scenario_; }

 private:
  Random random_;
  Scenario scenario_;
};

void Hop(Plan& plan) {
  Incident& attack =
      plan.Add(IncidentKind::kRandomSubdomain, IncidentShape::kStep, kQuietBefore, 600, 12);
  while (attack.zones.size() < 40) attack.zones.push_back(plan.random().Below(400));
  attack.hop = 5;
}

void Again(Plan& plan) {
  const Incident first =
      plan.Add(IncidentKind::kOutage, IncidentShape::kStep, kQuietBefore, 60, 15);
  for (int64_t i = 1; i < 4; ++i) {
    Incident& next =
        plan.Add(IncidentKind::kOutage, IncidentShape::kStep, kQuietBefore + 90 * i, 60, 15);
    next.zones = first.zones;
    next.info_codes = first.info_codes;
  }
}

void DeadNight(Scenario& scenario) {
  scenario.begin = {kMonday * kNanosPerSecond};
  scenario.seconds = 72 * kHour;
  std::array<double, 24>& hours = scenario.sensor.hours;
  for (double& level : hours) level = std::pow(level, 4);
  hours[2] = hours[3] = hours[4] = hours[5] = 0.06;
  hours[6] = 0.2;
  const double mean = std::accumulate(hours.begin(), hours.end(), 0.0) / 24;
  for (double& level : hours) level /= mean;
}

void DailyJob(Plan& plan) {
  for (int64_t day = 0; day < 4; ++day) {
    Incident& job = plan.Add(IncidentKind::kWildClient, IncidentShape::kStep,
                             18 * kHour + 24 * kHour * day, 900, 6);
    if (day > 0) job = plan.scenario().incidents.front();
    job.begin = After(plan.scenario().begin, 18 * kHour + 24 * kHour * day);
  }
}

void LossAndReturn(Scenario& scenario) {
  scenario.seconds = 24 * kHour;
  for (int64_t at = 2 * kHour; at < scenario.seconds; at += kHour) {
    scenario.losses.push_back({After(scenario.begin, at), 300, 0.1});
  }
}

}  // namespace

Scenario DrawHardScenario(size_t index, uint64_t seed) {
  Plan plan(seed ^ 0x68617264U);
  const std::string_view name = kHardCases.at(index);
  using enum IncidentKind;
  if (name == "swell") plan.Add(kOutage, IncidentShape::kSwell, kQuietBefore, 3 * kHour, 8);
  if (name == "flap") plan.Add(kOutage, IncidentShape::kFlap, kQuietBefore, 600, 20);
  if (name == "hop") Hop(plan);
  if (name == "again") Again(plan);
  if (name == "shift") plan.Add(kTypoLeak, IncidentShape::kStep, kQuietBefore, 24 * kHour, 4);
  if (name == "both") {
    plan.Add(kOutage, IncidentShape::kStep, kQuietBefore, 600, 10);
    Incident& client = plan.Add(kWildClient, IncidentShape::kStep, kQuietBefore + 120, 300, 10);
    client.code = kRcodeServFail;
    client.names = 3;
  }
  if (name == "dead_night") DeadNight(plan.scenario());
  if (name == "daily_job") DailyJob(plan);
  if (name == "loss_and_return") LossAndReturn(plan.scenario());
  return std::move(plan.scenario());
}

}  // namespace rcodescope
