// What goes wrong: an incident, and the truth about it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "aggregate/spike.h"
#include "bench/incidents/sensor.h"
#include "bench/incidents/slice.h"
#include "bench/random.h"

namespace rcodescope {

enum class IncidentKind : uint8_t {
  kOutage,           // no server of a zone answers a resolver: SERVFAIL, EDE 22 and 23
  kDnssec,           // a zone does not validate: SERVFAIL, EDE 6 to 10
  kLame,             // one server of the fleet refuses a zone
  kResolverTrouble,  // SERVFAIL for all zones, of one resolver or of all
  kWildClient,       // one client in a loop, of any code
  kRandomSubdomain,  // NXDOMAIN for made-up names of one zone, for many clients
  kTypoLeak,         // NXDOMAIN below a private suffix or a misspelt one, few names, many clients
  kPolicyBlock,      // REFUSED or NXDOMAIN with EDE 15 to 18: of a zone, or of a network
  kBackscatter,      // answers to somebody who never asked: qtype ANY, or from everywhere
  kRateLimiting,     // REFUSED of many zones to the few that ask for too much
  kCount,
};
inline constexpr size_t kIncidentKinds = static_cast<size_t>(IncidentKind::kCount);

struct IncidentKindEntry {
  std::string_view name;
  SpikeClass spike_class;  // that a detector should tell
};
inline constexpr std::array<IncidentKindEntry, kIncidentKinds> kIncidentKindTable = {{
    {"outage", SpikeClass::kAuthoritativeOutage},
    {"dnssec", SpikeClass::kDnssecFailure},
    {"lame", SpikeClass::kLameDelegation},
    {"resolver_trouble", SpikeClass::kResolverTrouble},
    {"wild_client", SpikeClass::kClientGoneWild},
    {"random_subdomain", SpikeClass::kRandomSubdomainAttack},
    {"typo_leak", SpikeClass::kTypoLeak},
    {"policy_block", SpikeClass::kPolicyBlock},
    {"backscatter", SpikeClass::kReflectionBackscatter},
    {"rate_limiting", SpikeClass::kRateLimiting},
}};

enum class IncidentShape : uint8_t {
  kStep,
  kRamp,   // rises over the first 30 %
  kPulse,  // whole for 20 s, nearly gone for 10 s, and again
  kFlap,   // whole for 2 s, gone for 8 s, and again; in hard cases only
  kSwell,  // rises until its end; in hard cases only
  kCount,
};
inline constexpr std::array<std::string_view, static_cast<size_t>(IncidentShape::kCount)>
    kIncidentShapeNames = {"step", "ramp", "pulse", "flap", "swell"};

struct Incident {
  IncidentKind kind = IncidentKind::kOutage;
  IncidentShape shape = IncidentShape::kStep;
  uint16_t code = 0;
  Timestamp begin;
  int64_t seconds = 0;
  double size = 1;   // the code's rate when it is whole, times the usual one at its begin
  double extra = 0;  // responses a second that it adds when it is whole

  // Who has part in it. Empty: as on every day.
  std::vector<uint32_t> zones;
  std::vector<uint16_t> servers;
  std::vector<uint32_t> clients;
  int64_t hop = 0;     // seconds after which the next of the zones has its turn; 0: all at once
  uint32_t names = 0;  // different ones asked for; 0: never the same again
  std::vector<int16_t> info_codes;  // of equal shares; empty: none
  std::vector<uint16_t> qtypes;     // of equal shares

  // What an explanation must name to be right.
  bool zone_is_cause = false;
  bool server_is_cause = false;
  bool client_is_cause = false;

  Timestamp end() const { return {begin.ns + seconds * kNanosPerSecond}; }
  double Level(Timestamp time) const;  // 0 to 1, of the second that begins then
  // Adds what it does in the slice's second.
  void AddTo(const Sensor& sensor, Random& random, Slice& slice) const;

 private:
  uint32_t DrawZoneAt(Timestamp time, const Sensor& sensor, Random& random) const;
};

// Which kinds a sensor of a kind can see.
std::vector<IncidentKind> KindsAt(SensorKind kind);

// Draws who has part; zones that it needs are added to the sensor. Code, keys and truth are set;
// begin, seconds, shape, size and extra are the caller's.
Incident DrawIncident(IncidentKind kind, Random& random, Sensor& sensor);

}  // namespace rcodescope
