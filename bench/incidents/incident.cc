#include "bench/incidents/incident.h"

#include <algorithm>
#include <numeric>

#include "bench/incidents/draws.h"

namespace rcodescope {
namespace {

constexpr uint16_t kTypeAny = 255;    // RFC 1035 §3.2.3
constexpr uint16_t kTypeDnskey = 48;  // RFC 4034 §2
// A flood is told in this many cells a second; each then stands for several responses.
constexpr uint64_t kMostCells = 3000;

// A popular zone, but not always one of the most popular.
uint32_t DrawZone(Random& random, const Sensor& sensor) {
  return static_cast<uint32_t>(LogUniform(1, std::min(sensor.usual_zones, 400U), random)) - 1;
}

uint32_t NewZone(std::string_view name, Sensor& sensor) {
  const auto found = std::find(sensor.zones.begin(), sensor.zones.end(), name);
  if (found != sensor.zones.end()) return static_cast<uint32_t>(found - sensor.zones.begin());
  sensor.zones.emplace_back(name);
  return static_cast<uint32_t>(sensor.zones.size()) - 1;
}

std::vector<uint32_t> SomeClients(uint32_t count, Random& random, const Sensor& sensor) {
  std::vector<uint32_t> clients;
  for (uint32_t i = 0; i < count; ++i) clients.push_back(random.Below(sensor.usual_clients));
  return clients;
}

// Addresses that were not seen before, in one network: number by number.
std::vector<uint32_t> Network(uint32_t count, Random& random, const Sensor& sensor) {
  std::vector<uint32_t> clients;
  // Multiples of 256 keep to one /24; every fifth number is an IPv6 address and is left out.
  const uint32_t first = (sensor.usual_clients / 256 + 2 + random.Below(40)) * 256;
  for (uint32_t client = first; clients.size() < count; ++client) {
    if (client % 5 != 4) clients.push_back(client);
  }
  return clients;
}

std::vector<uint16_t> WholeFleet(const Sensor& sensor) {
  std::vector<uint16_t> servers(sensor.fleet.size());
  std::iota(servers.begin(), servers.end(), uint16_t{0});
  return servers;
}

uint16_t OneServer(Random& random, const Sensor& sensor) {
  return static_cast<uint16_t>(random.Below(static_cast<uint32_t>(sensor.fleet.size())));
}

void Outage(Random& random, Sensor& sensor, Incident& incident) {
  incident.code = kRcodeServFail;
  incident.zones = {DrawZone(random, sensor)};
  incident.zone_is_cause = true;
  incident.names = 3 + random.Below(60);
  if (incident.kind == IncidentKind::kOutage) {
    constexpr std::array<int16_t, 4> kMix = {22, 22, 23, kNoInfoCode};
    incident.info_codes.assign(kMix.begin(), kMix.begin() + 1 + random.Below(4));
  } else {
    incident.info_codes = {static_cast<int16_t>(6 + random.Below(5))};
    if (random.Percent(30)) incident.info_codes.push_back(6);
  }
}

void Lame(Random& random, Sensor& sensor, Incident& incident) {
  incident.code = kRcodeRefused;
  incident.zones = {DrawZone(random, sensor)};
  incident.servers = {OneServer(random, sensor)};
  incident.zone_is_cause = true;
  incident.server_is_cause = true;
  incident.names = 5 + random.Below(100);
  if (random.Percent(50)) incident.info_codes = {20};  // Not Authoritative
}

void ResolverTrouble(Random& random, Sensor& sensor, Incident& incident) {
  incident.code = kRcodeServFail;
  incident.names = 40;
  if (random.Percent(60)) {
    incident.servers = {OneServer(random, sensor)};
    incident.server_is_cause = true;
  }
  switch (random.Below(4)) {
    case 0: incident.info_codes = {14}; break;          // Not Ready
    case 1: incident.info_codes = {22, 23, 22}; break;  // its way out is cut
    case 2: incident.info_codes = {0}; break;           // Other
    default: break;
  }
}

void WildClient(Random& random, Sensor& sensor, Incident& incident) {
  constexpr std::array<uint16_t, 4> kCodes = {kRcodeNxDomain, kRcodeNxDomain, kRcodeServFail,
                                              kRcodeRefused};
  incident.code = kCodes[random.Below(kCodes.size())];
  incident.clients = {random.Percent(60) ? random.Below(sensor.usual_clients)
                                         : Network(1, random, sensor).front()};
  incident.client_is_cause = true;
  // One zone, or a list of them.
  const uint32_t zones = random.Percent(60) ? 1 : 50;
  for (uint32_t i = 0; i < zones; ++i) incident.zones.push_back(random.Below(sensor.usual_zones));
  incident.names = random.Percent(30) && incident.code == kRcodeNxDomain ? 0 : 1 + random.Below(20);
  if (random.Percent(70)) incident.servers = {OneServer(random, sensor)};
  const bool resolver = sensor.kind == SensorKind::kResolver;
  if (incident.code == kRcodeServFail && resolver && random.Percent(25)) incident.info_codes = {22};
}

void RandomSubdomain(Random& random, Sensor& sensor, Incident& incident) {
  incident.code = kRcodeNxDomain;
  // A registry sees made-up names of its own zone; those below others it delegates.
  const bool tld = sensor.kind == SensorKind::kTld;
  incident.zones = {tld ? 0 : DrawZone(random, sensor)};
  incident.zone_is_cause = true;
  incident.clients =
      SomeClients(static_cast<uint32_t>(LogUniform(100, 6000, random)), random, sensor);
  incident.names = 0;
}

void TypoLeak(Random& random, Sensor& sensor, Incident& incident) {
  constexpr std::array<std::string_view, 6> kPrivate = {"corp.",  "lan.",      "home.",
                                                        "local.", "internal.", "belkin."};
  incident.code = kRcodeNxDomain;
  const bool typo = sensor.kind != SensorKind::kResolver || random.Percent(40);
  const std::string_view suffix = sensor.kind == SensorKind::kTld ? "example." : "com.";
  incident.zones = {typo ? NewZone(MadeUpZone(90'000 + random.Below(5000), suffix), sensor)
                         : NewZone(kPrivate[random.Below(kPrivate.size())], sensor)};
  incident.zone_is_cause = true;
  incident.clients =
      SomeClients(static_cast<uint32_t>(LogUniform(50, 3000, random)), random, sensor);
  incident.names = 4 + random.Below(40);
}

void PolicyBlock(Random& random, Sensor& sensor, Incident& incident) {
  incident.code = random.Percent(65) ? kRcodeRefused : kRcodeNxDomain;
  incident.names = 5 + random.Below(40);
  if (incident.code == kRcodeRefused && random.Percent(35)) {  // a network that may not ask
    incident.clients = Network(20 + random.Below(120), random, sensor);
    incident.client_is_cause = true;
    if (random.Percent(70)) incident.info_codes = {18};
    return;
  }
  incident.zones = {DrawZone(random, sensor)};
  incident.zone_is_cause = true;
  incident.info_codes = {static_cast<int16_t>(15 + random.Below(3))};
}

void Backscatter(Random& random, Sensor& sensor, Incident& incident) {
  incident.code = kRcodeRefused;
  incident.clients = random.Percent(60) ? std::vector<uint32_t>{random.Below(sensor.usual_clients)}
                                        : Network(4 + random.Below(12), random, sensor);
  incident.client_is_cause = true;
  incident.names = 1 + random.Below(3);
  incident.zones = {NewZone(MadeUpZone(80'000 + random.Below(3000), "com."), sensor)};
  incident.qtypes = {kTypeAny, kTypeAny, kTypeAny, random.Percent(50) ? kTypeDnskey : kTypeAny};
  if (sensor.kind == SensorKind::kResolver) {  // open resolvers anywhere, each a little
    const uint32_t servers = 100 + random.Below(600);
    for (uint32_t i = 0; i < servers; ++i) {
      incident.servers.push_back(static_cast<uint16_t>(sensor.fleet.size() + random.Below(2000)));
    }
    if (random.Percent(30)) incident.qtypes = {1, 16};
  }
}

// Where no error says so, it is told from an access list by whom it hits: hosts here and there.
void RateLimiting(Random& random, Sensor& sensor, Incident& incident) {
  incident.code = kRcodeRefused;
  incident.client_is_cause = true;
  incident.names = 30;
  if (random.Percent(70)) incident.info_codes = {static_cast<int16_t>(31 + random.Below(2))};
  incident.clients = random.Percent(60) && !incident.info_codes.empty()
                         ? Network(3 + random.Below(20), random, sensor)
                         : SomeClients(3 + random.Below(8), random, sensor);
}

}  // namespace

double Incident::Level(Timestamp time) const {
  const int64_t at = (time.ns - begin.ns) / kNanosPerSecond;
  if (time < begin || at >= seconds) return 0;
  if (shape == IncidentShape::kPulse) return at % 30 < 20 ? 1 : 0.05;
  if (shape == IncidentShape::kFlap) return at % 10 < 2 ? 1 : 0;
  if (shape == IncidentShape::kSwell) {
    return static_cast<double>(at + 1) / static_cast<double>(seconds);
  }
  if (shape == IncidentShape::kStep) return 1;
  return std::min(1.0, static_cast<double>(at + 1) / (0.3 * static_cast<double>(seconds)));
}

uint32_t Incident::DrawZoneAt(Timestamp time, const Sensor& sensor, Random& random) const {
  if (zones.empty()) return static_cast<uint32_t>(LogUniform(1, sensor.usual_zones, random)) - 1;
  if (hop == 0) return zones[random.Below(static_cast<uint32_t>(zones.size()))];
  const int64_t turn = (time.ns - begin.ns) / kNanosPerSecond / hop;
  return zones[static_cast<size_t>(turn) % zones.size()];
}

void Incident::AddTo(const Sensor& sensor, Random& random, Slice& slice) const {
  const double level = Level(slice.begin);
  if (level <= 0) return;
  const uint64_t count = Poisson(extra * level * UnitGamma(25, random), random);
  const uint64_t of_cell = count / kMostCells + 1;
  const std::vector<uint16_t> all_servers = servers.empty() ? WholeFleet(sensor) : servers;
  for (uint64_t left = count; left > 0;) {
    Cell cell;
    cell.code = code;
    cell.responses = std::min(left, of_cell);
    left -= cell.responses;
    cell.server = all_servers[random.Below(static_cast<uint32_t>(all_servers.size()))];
    // Of many, some ask more than others.
    cell.client = clients.empty()
                      ? static_cast<uint32_t>(LogUniform(1, sensor.usual_clients, random)) - 1
                      : clients[random.Below(static_cast<uint32_t>(clients.size()))];
    cell.zone = DrawZoneAt(slice.begin, sensor, random);
    if (!info_codes.empty()) {
      cell.info_code = info_codes[random.Below(static_cast<uint32_t>(info_codes.size()))];
    }
    constexpr std::array<uint16_t, 5> kUsualTypes = {1, 1, 1, 28, 65};
    cell.qtype = qtypes.empty() ? kUsualTypes[random.Below(kUsualTypes.size())]
                                : qtypes[random.Below(static_cast<uint32_t>(qtypes.size()))];
    cell.fresh = names == 0;
    // Names of an incident are not those of every day.
    if (names != 0) cell.name = 100 + static_cast<uint32_t>(LogUniform(1, names + 1, random)) - 1;
    slice.errors.push_back(cell);
  }
}

std::vector<IncidentKind> KindsAt(SensorKind kind) {
  using enum IncidentKind;
  switch (kind) {
    case SensorKind::kAuthoritative:
      return {kLame, kLame, kWildClient, kRandomSubdomain, kBackscatter, kRateLimiting};
    case SensorKind::kTld:
      return {kWildClient, kRandomSubdomain, kTypoLeak, kBackscatter, kRateLimiting};
    default:
      return {kOutage,   kDnssec,      kResolverTrouble, kWildClient,  kRandomSubdomain,
              kTypoLeak, kPolicyBlock, kBackscatter,     kRateLimiting};
  }
}

Incident DrawIncident(IncidentKind kind, Random& random, Sensor& sensor) {
  Incident incident;
  incident.kind = kind;
  switch (kind) {
    case IncidentKind::kOutage:
    case IncidentKind::kDnssec: Outage(random, sensor, incident); break;
    case IncidentKind::kLame: Lame(random, sensor, incident); break;
    case IncidentKind::kResolverTrouble: ResolverTrouble(random, sensor, incident); break;
    case IncidentKind::kWildClient: WildClient(random, sensor, incident); break;
    case IncidentKind::kRandomSubdomain: RandomSubdomain(random, sensor, incident); break;
    case IncidentKind::kTypoLeak: TypoLeak(random, sensor, incident); break;
    case IncidentKind::kPolicyBlock: PolicyBlock(random, sensor, incident); break;
    case IncidentKind::kBackscatter: Backscatter(random, sensor, incident); break;
    default: RateLimiting(random, sensor, incident); break;
  }
  return incident;
}

}  // namespace rcodescope
