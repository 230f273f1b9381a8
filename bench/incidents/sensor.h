// A place where DNS is watched: who is there, how much they ask for, and what goes wrong on every
// usual day. No incident is in here.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/incidents/slice.h"
#include "bench/random.h"
#include "parse/ip_address.h"
#include "parse/rcode.h"

namespace rcodescope {

enum class SensorKind : uint8_t {
  kResolver,       // of an Internet provider or an office, towards its clients
  kAuthoritative,  // four to six servers of a hosting company, at three sites
  kTld,            // servers of a top-level domain: 25 to 60 % of the responses are NXDOMAIN
  kCount,
};
inline constexpr std::array<std::string_view, static_cast<size_t>(SensorKind::kCount)>
    kSensorKindNames = {"resolver", "authoritative", "tld"};

// Who keeps getting an error: somebody who asks for something that has never worked.
struct Habit {
  uint32_t zone = 0;
  uint32_t client = 0;
  uint16_t qtype = 1;
  int16_t info_code = kNoInfoCode;
  uint16_t server = 0;  // where that client asks first
  bool fresh_names = false;
  double weight = 1;
};

// How one code usually comes.
struct CodeProfile {
  uint16_t code = 0;
  double share = 0;        // of all responses, at the mean rate
  double follows_day = 1;  // exponent on the hour's level: 0 is the same day and night
  double evenness = 20;    // shape of the gamma that makes counts of one second overdispersed
  std::vector<Habit> habits;
};

struct SiteOfServer {
  uint16_t site = 0;
  double weight = 1;  // of the responses
};

struct Sensor {
  SensorKind kind = SensorKind::kResolver;
  uint64_t seed = 0;
  double rate = 0;               // responses a second, mean of a week
  std::array<double, 24> hours;  // level by hour of the day, mean 1
  double weekend = 1;            // level of Saturday and Sunday against other days
  double stickiness = 0;         // share of a client's queries that go to its first server

  std::vector<std::string> sites;
  std::vector<SiteOfServer> fleet;  // by number of the server
  std::vector<std::string> zones;   // by popularity, then those that no usual query names
  uint32_t usual_zones = 0;
  uint32_t usual_clients = 0;      // by how much they ask
  std::vector<CodeProfile> codes;  // all but NOERROR

  // By number; the first usual_clients are those of every day.
  static IpAddress Client(uint32_t client);

  static Family ClientFamily(uint32_t client);
  // Each server has an address of either family. Numbers beyond the fleet are servers of others,
  // for answers that nobody asked for.
  IpAddress Server(uint16_t server, Family family) const;

  const CodeProfile* Profile(uint16_t code) const;
  // The level at a time, mean 1 over a week: by hour with a line between, and by day.
  double DayLevel(Timestamp time) const;
  // Responses a second with a code that are usual at a time.
  double UsualRate(uint16_t code, Timestamp time) const;
};

// `mean_rate`: responses a second.
Sensor MakeSensor(SensorKind kind, double mean_rate, uint64_t seed);

// "ka.fimo.example-like" names: unique by number, lower case, with a trailing dot.
std::string MadeUpZone(uint32_t number, std::string_view suffix);

}  // namespace rcodescope
