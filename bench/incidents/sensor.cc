#include "bench/incidents/sensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "bench/incidents/draws.h"

namespace rcodescope {
namespace {

constexpr uint32_t kSecondsOfDay = 86'400;

// Level by hour of a provider's clients: least before dawn, most after dinner.
constexpr std::array<double, 24> kHomeHours = {0.82, 0.62, 0.48, 0.40, 0.37, 0.40, 0.52, 0.74,
                                               0.92, 1.00, 1.05, 1.10, 1.13, 1.12, 1.12, 1.14,
                                               1.20, 1.28, 1.36, 1.44, 1.50, 1.48, 1.34, 1.08};
// Of servers that the whole world asks: flatter, highest in the afternoon.
constexpr std::array<double, 24> kWorldHours = {0.85, 0.80, 0.78, 0.77, 0.78, 0.82, 0.88, 0.96,
                                                1.05, 1.12, 1.16, 1.17, 1.15, 1.17, 1.20, 1.20,
                                                1.17, 1.13, 1.08, 1.04, 1.00, 0.97, 0.93, 0.89};

constexpr std::array<std::string_view, 16> kSyllables = {"ka", "fi", "mo", "ter", "lu", "san",
                                                         "bo", "ri", "ne", "dal", "pu", "vex",
                                                         "go", "wi", "ta", "zel"};
constexpr std::array<std::string_view, 8> kSuffixes = {"com.", "net.", "org.", "de.",
                                                       "com.", "fr.",  "io.",  "nl."};
constexpr std::array<std::string_view, 4> kSites = {"ams", "fra", "nyc", "sin"};

struct ShareRange {
  uint16_t code;
  double low;
  double high;
  double follows_day;
  uint32_t habits;
};

// Of responses. Errors follow the hour less than answers: much of them comes from machines.
constexpr uint16_t kFormErr = 1;
constexpr uint16_t kNotImp = 4;
constexpr std::array<ShareRange, 5> kResolverShares = {{{kRcodeNxDomain, 0.08, 0.22, 0.8, 1500},
                                                        {kRcodeServFail, 0.005, 0.03, 0.7, 500},
                                                        {kRcodeRefused, 0.0005, 0.006, 0.4, 150},
                                                        {kFormErr, 0.0002, 0.001, 0.6, 40},
                                                        {kNotImp, 0.0001, 0.0005, 0.6, 20}}};
constexpr std::array<ShareRange, 5> kAuthoritativeShares = {
    {{kRcodeNxDomain, 0.05, 0.18, 0.7, 900},
     {kRcodeServFail, 0.0002, 0.002, 0.5, 80},
     {kRcodeRefused, 0.004, 0.03, 0.3, 400},
     {kFormErr, 0.0005, 0.002, 0.5, 40},
     {kNotImp, 0.0002, 0.001, 0.5, 20}}};
constexpr std::array<ShareRange, 5> kTldShares = {{{kRcodeNxDomain, 0.25, 0.60, 0.8, 2500},
                                                   {kRcodeServFail, 0.00005, 0.0005, 0.5, 30},
                                                   {kRcodeRefused, 0.001, 0.008, 0.3, 200},
                                                   {kFormErr, 0.0005, 0.002, 0.5, 40},
                                                   {kNotImp, 0.0002, 0.001, 0.5, 20}}};

const std::array<ShareRange, 5>& SharesOf(SensorKind kind) {
  if (kind == SensorKind::kResolver) return kResolverShares;
  return kind == SensorKind::kAuthoritative ? kAuthoritativeShares : kTldShares;
}

IpAddress Ipv4(uint32_t value) {
  const uint32_t ordered = __builtin_bswap32(value);
  std::array<std::byte, 4> bytes;
  std::memcpy(bytes.data(), &ordered, sizeof(ordered));
  return IpAddress::FromIpv4(bytes.data());
}

IpAddress Ipv6(uint32_t network, uint8_t host) {
  std::array<std::byte, 16> bytes{};
  const std::array<uint32_t, 2> words = {__builtin_bswap32(0x20010db8U),
                                         __builtin_bswap32(network)};
  std::memcpy(bytes.data(), words.data(), sizeof(words));
  bytes.back() = std::byte{host};
  return IpAddress::FromIpv6(bytes.data());
}

// A few ask for much, most for little.
uint32_t DrawRank(uint32_t count, Random& random) {
  return static_cast<uint32_t>(LogUniform(1, count, random)) - 1;
}

uint16_t DrawQtype(Random& random) {
  constexpr std::array<uint16_t, 10> kTypes = {1, 1, 1, 1, 1, 28, 28, 65, 12, 16};
  return kTypes[random.Below(kTypes.size())];
}

void AddFleet(Random& random, Sensor& sensor) {
  const uint32_t count =
      sensor.kind == SensorKind::kResolver ? 2 + random.Below(3) : 4 + random.Below(3);
  const uint32_t sites = sensor.kind == SensorKind::kResolver ? 2 : 3;
  for (uint32_t site = 0; site < sites; ++site) sensor.sites.emplace_back(kSites[site]);
  for (uint32_t server = 0; server < count; ++server) {
    sensor.fleet.push_back({static_cast<uint16_t>(server % sites), 0.5 + Uniform(random)});
  }
}

void AddZones(Random& random, Sensor& sensor) {
  if (sensor.kind == SensorKind::kTld) sensor.zones.emplace_back("example.");
  const uint32_t count = sensor.kind == SensorKind::kAuthoritative ? 40 + random.Below(160) : 2500;
  const std::string_view tld = sensor.kind == SensorKind::kTld ? "example." : "";
  while (sensor.zones.size() < count) {
    const auto number = static_cast<uint32_t>(sensor.zones.size());
    const std::string_view suffix = tld.empty() ? kSuffixes[random.Below(8)] : tld;
    sensor.zones.push_back(MadeUpZone(number, suffix));
  }
  sensor.usual_zones = static_cast<uint32_t>(sensor.zones.size());
}

Habit DrawHabit(uint16_t code, double of_parent, Random& random, const Sensor& sensor) {
  Habit habit;
  habit.client = DrawRank(sensor.usual_clients, random);
  habit.zone = DrawRank(sensor.usual_zones, random);
  if (sensor.kind == SensorKind::kTld && code == kRcodeNxDomain) {
    habit.zone = Uniform(random) < of_parent ? 0 : random.Below(sensor.usual_zones);
  }
  habit.qtype = DrawQtype(random);
  habit.server = static_cast<uint16_t>(habit.client % sensor.fleet.size());
  habit.fresh_names = code == kRcodeNxDomain && random.Percent(25);
  habit.weight = LogUniform(0.02, 1, random);
  if (code == kRcodeServFail && sensor.kind == SensorKind::kResolver) {
    constexpr std::array<int16_t, 10> kUsualCodes = {22, 22, 22, 23, 9, 10, 6, -1, -1, -1};
    habit.info_code = kUsualCodes[random.Below(kUsualCodes.size())];
  }
  if (code == kRcodeRefused && sensor.kind == SensorKind::kAuthoritative) habit.info_code = 20;
  return habit;
}

// Deeper nights and higher evenings with a larger exponent; mean 1.
std::array<double, 24> Hours(const std::array<double, 24>& base, double exponent) {
  std::array<double, 24> hours;
  for (size_t hour = 0; hour < hours.size(); ++hour) hours[hour] = std::pow(base[hour], exponent);
  const double mean = std::accumulate(hours.begin(), hours.end(), 0.0) / 24;
  for (double& level : hours) level /= mean;
  return hours;
}

}  // namespace

std::string MadeUpZone(uint32_t number, std::string_view suffix) {
  std::string zone;
  uint32_t left = number + 16;
  for (; left != 0; left /= 16) zone += kSyllables[left % 16];
  return zone.append(".").append(suffix);
}

Family Sensor::ClientFamily(uint32_t client) {
  return client % 5 == 4 && client != kAnyClient ? Family::kIpv6 : Family::kIpv4;
}

// 100.64.0.0/10 (RFC 6598), or a network of its own in 2001:db8::/32 (RFC 3849).
IpAddress Sensor::Client(uint32_t client) {
  if (ClientFamily(client) == Family::kIpv4) return Ipv4(0x64400000U + client);
  return Ipv6(client, 1);
}

// 192.0.2.53 and on. Those of others are in 198.18.0.0/15, RFC 2544.
IpAddress Sensor::Server(uint16_t server, Family family) const {
  if (family == Family::kIpv6) return Ipv6(0xffff0000U + server, 0x53);
  if (server < fleet.size()) return Ipv4(0xc0000235U + 256 * uint32_t{server});
  return Ipv4(0xc6120000U + 7 * uint32_t{server});
}

const CodeProfile* Sensor::Profile(uint16_t code) const {
  const auto found = std::find_if(codes.begin(), codes.end(), [code](const CodeProfile& profile) {
    return profile.code == code;
  });
  return found == codes.end() ? nullptr : &*found;
}

double Sensor::DayLevel(Timestamp time) const {
  const int64_t second = time.ns / kNanosPerSecond;
  const auto of_day = static_cast<uint32_t>(second % kSecondsOfDay);
  const uint32_t hour = of_day / 3600;
  const double way = (of_day % 3600) / 3600.0;
  const double level = hours[hour] * (1 - way) + hours[(hour + 1) % 24] * way;
  // 1970-01-01 was a Thursday. A weekend comes and goes over an hour around midnight.
  const double day = static_cast<double>(second % (7 * kSecondsOfDay)) / kSecondsOfDay;
  const double in = std::clamp((day - 2) * 24 + 0.5, 0.0, 1.0);
  const double out = std::clamp((day - 4) * 24 + 0.5, 0.0, 1.0);
  return level * (1 + (weekend - 1) * (in - out)) * 7 / (5 + 2 * weekend);
}

double Sensor::UsualRate(uint16_t code, Timestamp time) const {
  const CodeProfile* profile = Profile(code);
  if (profile == nullptr) return 0;
  return rate * profile->share * std::pow(DayLevel(time), profile->follows_day);
}

Sensor MakeSensor(SensorKind kind, double mean_rate, uint64_t seed) {
  Random random(seed);
  Sensor sensor;
  sensor.kind = kind;
  sensor.seed = seed;
  sensor.rate = mean_rate;
  const bool resolver = kind == SensorKind::kResolver;
  sensor.hours = Hours(resolver ? kHomeHours : kWorldHours, 0.6 + 1.4 * Uniform(random));
  sensor.weekend = 0.55 + 0.6 * Uniform(random);
  sensor.stickiness = resolver ? 0.8 : 0.1;
  sensor.usual_clients = static_cast<uint32_t>(LogUniform(500, 50'000, random));
  AddFleet(random, sensor);
  AddZones(random, sensor);
  const double of_parent = 0.2 + 0.8 * Uniform(random);
  for (const ShareRange& range : SharesOf(kind)) {
    CodeProfile profile;
    profile.code = range.code;
    profile.share = LogUniform(range.low, range.high, random);
    profile.follows_day = range.follows_day;
    profile.evenness = LogUniform(8, 60, random);
    for (uint32_t i = 0; i < range.habits; ++i) {
      profile.habits.push_back(DrawHabit(range.code, of_parent, random, sensor));
    }
    sensor.codes.push_back(std::move(profile));
  }
  return sensor;
}

}  // namespace rcodescope
