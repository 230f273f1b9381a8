// What happens at one sensor over hours or weeks, drawn from a seed.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/incidents/background.h"
#include "bench/incidents/incident.h"
#include "bench/incidents/sensor.h"

namespace rcodescope {

// A stretch in which frames were lost; completeness 0: the sensor saw nothing and has no windows.
struct Loss {
  Timestamp begin;
  int64_t seconds = 0;
  double completeness = 0;

  bool Covers(Timestamp time) const {
    return time >= begin && time.ns < begin.ns + seconds * kNanosPerSecond;
  }
};

struct Scenario {
  uint64_t seed = 0;
  Sensor sensor;
  Timestamp begin;
  int64_t seconds = 0;
  bool coarse = false;              // see Background
  std::vector<Incident> incidents;  // by begin; their extra is not set yet
  std::vector<Surge> surges;
  std::vector<Loss> losses;
};

// An hour and a half of quiet, then half a dozen incidents in as many hours as they need, some of
// them overlapping, with surges and losses between and across.
Scenario DrawIncidentScenario(uint64_t seed);
// No incident, a surge every other day, losses and gaps.
Scenario DrawQuietScenario(uint64_t seed, int64_t seconds);
// A capture of a minute, five minutes or an hour, as a first user has it, with an incident that
// begins after 0, 30 or 90 % of it and lasts to its end: nine cases, by the seed's remainder. Its
// code's share of the responses is far above what is ever right.
Scenario DrawShortScenario(uint64_t seed);
// One incident, small enough to be written as packets: a quarter of an hour in all. The seed's last
// digit is the incident's kind; the sensor is a resolver or authoritative.
Scenario DrawPacketScenario(uint64_t seed);

// Responses a second below which an incident with that code is nobody's business.
double Floor(uint16_t code);

}  // namespace rcodescope
