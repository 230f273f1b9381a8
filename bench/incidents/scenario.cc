#include "bench/incidents/scenario.h"

#include <algorithm>
#include <cmath>

#include "bench/incidents/draws.h"

namespace rcodescope {
namespace {

constexpr int64_t kHour = 3600;
constexpr int64_t kDay = 24 * kHour;
// 2026-01-05T00:00:00Z, a Monday.
constexpr int64_t kMonday = 1'767'571'200;
constexpr int64_t kQuietBefore = 90 * 60;
constexpr uint32_t kDrawnShapes = 3;  // step, ramp and pulse

Timestamp At(int64_t seconds) { return {seconds * kNanosPerSecond}; }
Timestamp After(Timestamp time, int64_t seconds) { return {time.ns + seconds * kNanosPerSecond}; }

int64_t Seconds(double low, double high, Random& random) {
  return static_cast<int64_t>(LogUniform(low, high, random));
}

// Sizes from 1.5 to 100, most of them where the extra responses are above the floor.
double DrawSize(const Incident& incident, Timestamp begin, const Sensor& sensor, Random& random) {
  const double usual = sensor.UsualRate(incident.code, begin);
  double size = 1.5;
  for (int attempt = 0; attempt < 6; ++attempt) {
    size = LogUniform(1.5, 100, random);
    if (usual * (size - 1) >= 1.2 * Floor(incident.code)) break;
  }
  // A rare code may grow more than a hundredfold, a common one cannot.
  if (usual * (size - 1) < Floor(incident.code) && random.Percent(70)) {
    size = 1 + Floor(incident.code) * LogUniform(1.2, 20, random) / usual;
  }
  return std::min(size, 1 + 12 * sensor.rate / usual);
}

Incident Plan(Timestamp begin, Random& random, Sensor& sensor) {
  const std::vector<IncidentKind> kinds = KindsAt(sensor.kind);
  Incident incident =
      DrawIncident(kinds[random.Below(static_cast<uint32_t>(kinds.size()))], random, sensor);
  incident.begin = begin;
  incident.seconds = Seconds(5, 3 * kHour, random);
  incident.shape = static_cast<IncidentShape>(random.Below(kDrawnShapes));
  incident.size = DrawSize(incident, begin, sensor, random);
  return incident;
}

Surge DrawSurge(Timestamp begin, Random& random, Sensor& sensor) {
  Surge surge;
  surge.kind = static_cast<SurgeKind>(random.Below(3));
  surge.begin = begin;
  surge.seconds = Seconds(300, 2 * kHour, random);
  surge.rise = std::min(surge.seconds / 3, Seconds(20, 600, random));
  switch (surge.kind) {
    case SurgeKind::kFlashCrowd: surge.size = LogUniform(0.5, 4, random); break;
    case SurgeKind::kBigClient:
      surge.size = LogUniform(0.1, 1, random);
      surge.key = sensor.usual_clients + 100 + random.Below(100);
      break;
    default:
      surge.size = LogUniform(0.05, 0.5, random);
      surge.key = static_cast<uint32_t>(sensor.zones.size());
      sensor.zones.push_back(MadeUpZone(70'000 + random.Below(5000), "shop."));
      break;
  }
  return surge;
}

void AddLosses(int64_t every, Random& random, Scenario& scenario) {
  for (int64_t at = Seconds(600, 2.0 * static_cast<double>(every), random); at < scenario.seconds;
       at += Seconds(600, 3.0 * static_cast<double>(every), random)) {
    // Now and then a sensor is away for hours, and comes back to another level.
    const bool gap = random.Percent(35);
    const double longest = gap && random.OneIn(8) ? 8.0 * kHour : 600;
    scenario.losses.push_back({After(scenario.begin, at), Seconds(3, longest, random),
                               gap ? 0 : 0.25 + 0.74 * Uniform(random)});
  }
}

SensorKind DrawKind(Random& random) {
  constexpr std::array<SensorKind, 4> kKinds = {SensorKind::kResolver, SensorKind::kResolver,
                                                SensorKind::kAuthoritative, SensorKind::kTld};
  return kKinds[random.Below(kKinds.size())];
}

// The program finds zones by public suffixes: what belongs to a top-level domain, as a registry
// sees it, or to a private suffix, is a zone for each name there.
Incident DrawIncidentForPackets(IncidentKind kind, Random& random, Sensor& sensor) {
  const auto is_suffix = [](const std::string& zone) {
    return zone.size() > 1 && std::count(zone.begin(), zone.end(), '.') == 1;
  };
  for (;;) {
    Incident incident = DrawIncident(kind, random, sensor);
    const bool fits = std::none_of(incident.zones.begin(), incident.zones.end(),
                                   [&](uint32_t zone) { return is_suffix(sensor.zones[zone]); });
    if (fits) return incident;
  }
}

}  // namespace

double Floor(uint16_t code) { return code == kRcodeNxDomain ? 20 : 5; }

Scenario DrawIncidentScenario(uint64_t seed) {
  Random random(seed);
  Scenario scenario;
  scenario.seed = seed;
  const SensorKind kind = DrawKind(random);
  scenario.sensor = MakeSensor(kind, LogUniform(100, 2500, random), random.Next());
  scenario.begin = At(kMonday + random.Below(7 * kDay));
  int64_t at = kQuietBefore;
  for (int i = 0; i < 7; ++i) {
    scenario.incidents.push_back(Plan(After(scenario.begin, at), random, scenario.sensor));
    const int64_t lasts = scenario.incidents.back().seconds;
    scenario.seconds = std::max(scenario.seconds, at + lasts + 900);
    const bool overlap = random.Percent(15);
    at += overlap ? static_cast<int64_t>(static_cast<double>(lasts) * Uniform(random))
                  : lasts + Seconds(300, 2400, random);
  }
  for (int64_t surge = 0; surge < 2; ++surge) {
    const auto when = kQuietBefore / 2 + random.Below(static_cast<uint32_t>(scenario.seconds));
    scenario.surges.push_back(DrawSurge(After(scenario.begin, when), random, scenario.sensor));
  }
  AddLosses(4 * kHour, random, scenario);
  return scenario;
}

Scenario DrawQuietScenario(uint64_t seed, int64_t seconds) {
  Random random(seed ^ 0x7175696574U);
  Scenario scenario;
  scenario.seed = seed;
  scenario.coarse = true;
  const auto kind = static_cast<SensorKind>(seed % 3);
  scenario.sensor = MakeSensor(kind, LogUniform(40, 800, random), random.Next());
  scenario.begin = At(kMonday + random.Below(7 * kDay));
  scenario.seconds = seconds;
  for (int64_t at = Seconds(2 * kHour, 2 * kDay, random); at < seconds;
       at += Seconds(12 * kHour, 4 * kDay, random)) {
    scenario.surges.push_back(DrawSurge(After(scenario.begin, at), random, scenario.sensor));
  }
  AddLosses(12 * kHour, random, scenario);
  return scenario;
}

Scenario DrawShortScenario(uint64_t seed) {
  constexpr std::array<int64_t, 3> kLengths = {60, 300, 3600};
  constexpr std::array<double, 3> kBegins = {0, 0.3, 0.9};
  Random random(seed ^ 0x73686f7274U);
  Scenario scenario;
  scenario.seed = seed;
  scenario.sensor = MakeSensor(DrawKind(random), LogUniform(100, 1000, random), random.Next());
  scenario.begin = At(kMonday + random.Below(7 * kDay));
  scenario.seconds = kLengths[seed % 3];
  Sensor& sensor = scenario.sensor;
  const std::vector<IncidentKind> kinds = KindsAt(sensor.kind);
  Incident incident =
      DrawIncident(kinds[random.Below(static_cast<uint32_t>(kinds.size()))], random, sensor);
  const double before = kBegins[seed / 3 % 3] * static_cast<double>(scenario.seconds);
  incident.begin = After(scenario.begin, static_cast<int64_t>(before));
  incident.seconds = scenario.seconds - static_cast<int64_t>(before);
  const double share = incident.code == kRcodeNxDomain ? 0.92 : 0.5;
  const double responses = sensor.rate * sensor.DayLevel(incident.begin);
  const double extra = std::max(responses * share / (1 - share), 4 * Floor(incident.code));
  incident.size = 1 + extra / sensor.UsualRate(incident.code, incident.begin);
  scenario.incidents.push_back(std::move(incident));
  return scenario;
}

Scenario DrawPacketScenario(uint64_t seed) {
  Random random(seed ^ 0x7061636b657473U);
  Scenario scenario;
  scenario.seed = seed;
  const auto kind = static_cast<IncidentKind>(seed % kIncidentKinds);
  const auto sees = [kind](SensorKind sensor) {
    const std::vector<IncidentKind> kinds = KindsAt(sensor);
    return sensor != SensorKind::kTld && std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  };
  SensorKind sensor = DrawKind(random);
  while (!sees(sensor)) sensor = DrawKind(random);
  scenario.sensor = MakeSensor(sensor, LogUniform(60, 200, random), random.Next());
  scenario.begin = At(kMonday + 8 * kHour + random.Below(12 * kHour));
  scenario.seconds = 15 * 60;
  Incident incident = DrawIncidentForPackets(kind, random, scenario.sensor);
  incident.begin = After(scenario.begin, 8 * 60 + random.Below(120));
  incident.seconds = Seconds(20, 240, random);
  incident.shape = static_cast<IncidentShape>(random.Below(kDrawnShapes));
  const double usual = scenario.sensor.UsualRate(incident.code, incident.begin);
  const double extra =
      std::max(Floor(incident.code) * LogUniform(2, 12, random), usual * LogUniform(3, 12, random));
  incident.size = 1 + extra / usual;
  scenario.incidents.push_back(std::move(incident));
  return scenario;
}

}  // namespace rcodescope
