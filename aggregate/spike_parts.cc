#include "aggregate/spike_parts.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <string_view>
#include <utility>

#include "aggregate/client_network.h"

namespace rcodescope {
namespace {

constexpr size_t kMostParts = 10;
constexpr size_t kFewServers = 4;
constexpr double kEven = 0.5;          // of what another client has: both are part of it
constexpr double kMostOfAll = 0.7;     // with what comes every day, and anywhere
constexpr double kWholeCountry = 0.9;  // of what is more than usual

using KeyOf = std::string (*)(const ErrorGroup& group);
using Sums = std::vector<std::pair<std::string, double>>;  // largest first, then by key

double Total(std::span<const Surplus> surplus) {
  return std::accumulate(surplus.begin(), surplus.end(), 0.0,
                         [](double sum, const Surplus& row) { return sum + row.count; });
}

std::string Zone(const ErrorGroup& group) { return group.zone; }
std::string Server(const ErrorGroup& group) { return group.server; }
std::string Client(const ErrorGroup& group) {
  return group.client.str().find('/') == std::string::npos ? group.client.str() : std::string();
}
std::string Network(const ErrorGroup& group) { return NetworkOf(group.client, 24, 48); }
std::string Type(const ErrorGroup& group) {
  return group.qtype == 0 ? std::string() : std::to_string(group.qtype);
}
std::string InfoCode(const ErrorGroup& group) {
  return group.info_code < 0 ? std::string() : std::to_string(group.info_code);
}

Sums SumBy(std::span<const Surplus> surplus, KeyOf key_of) {
  std::map<std::string, double> sums;
  for (const Surplus& row : surplus) {
    std::string key = key_of(row.group);
    if (!key.empty()) sums[std::move(key)] += row.count;
  }
  Sums sorted(sums.begin(), sums.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return sorted;
}

// How many of the largest sums make up kExplained of `whole`; 0: not even all.
size_t Enough(const Sums& sums, double whole) {
  double sum = 0;
  for (size_t i = 0; i < sums.size(); ++i) {
    sum += sums[i].second;
    if (sum >= kExplained * whole) return i + 1;
  }
  return 0;
}

KeyShares SharesOf(std::span<const Surplus> surplus, double whole, KeyOf key_of) {
  const Sums sums = SumBy(surplus, key_of);
  if (sums.empty() || whole <= 0) return {};
  return {sums[0].first, std::min(1.0, sums[0].second / whole), Enough(sums, whole)};
}

// No surplus is taken for more than twice the net one.
double NetOf(std::span<const Surplus> surplus, double net) {
  const double whole = Total(surplus);
  return std::clamp(net, whole / 2, whole);
}

bool IsBelow(std::string_view zone, std::string_view domain) {
  if (zone == domain) return true;
  return zone.size() > domain.size() && zone.ends_with(domain) &&
         zone[zone.size() - domain.size() - 1] == '.';
}

// The domain above, or nothing above the last label. (An escaped dot ends a domain here as well: no
// suffix that begins there has other zones below it.)
std::string_view Above(std::string_view zone) {
  const size_t dot = zone.find('.');
  return dot + 1 < zone.size() ? zone.substr(dot + 1) : std::string_view();
}

// A country's top-level domain.
bool IsCountry(std::string_view domain) { return domain.size() == 3 && domain.find('.') == 2; }

// The domains of which it says little that a zone lies below: those that much of the world's do.
bool SaysLittle(std::string_view domain) {
  static constexpr std::array<std::string_view, 4> kWide = {"com.", "net.", "org.", "arpa."};
  return IsCountry(domain) || std::find(kWide.begin(), kWide.end(), domain) != kWide.end();
}

// The deepest domain that has enough of it.
std::string CommonDomain(std::span<const Surplus> surplus, double enough) {
  std::map<std::string, double, std::less<>> sums;
  for (const Surplus& row : surplus) {
    for (std::string_view domain = row.group.zone; !domain.empty(); domain = Above(domain)) {
      auto place = sums.find(domain);
      if (place == sums.end()) place = sums.emplace(domain, 0).first;
      place->second += row.count;
    }
  }
  std::string best;
  for (const auto& [domain, sum] : sums) {
    const bool deeper = best.empty() || IsBelow(domain, best);
    if (sum >= enough && deeper && !SaysLittle(domain)) best = domain;
  }
  return best;
}

// Sets one key of a part; false when no one has `enough` of the rows.
using Narrow = bool (*)(std::span<const Surplus> rows, double enough, SpikePart& part);

std::string TopWith(std::span<const Surplus> rows, double enough, KeyOf key_of) {
  const Sums sums = SumBy(rows, key_of);
  return !sums.empty() && sums[0].second >= enough ? sums[0].first : std::string();
}

bool NarrowZone(std::span<const Surplus> rows, double enough, SpikePart& part) {
  if (!part.zone.empty()) return true;
  part.zone = CommonDomain(rows, enough);
  // The root is a zone, but no domain that others are told by.
  if (part.zone.empty()) part.zone = TopWith(rows, enough, Zone);
  return !part.zone.empty();
}

bool NarrowServer(std::span<const Surplus> rows, double enough, SpikePart& part) {
  part.server = TopWith(rows, enough, Server);
  return !part.server.empty();
}

bool NarrowClient(std::span<const Surplus> rows, double enough, SpikePart& part) {
  part.client = TopWith(rows, enough, Client);
  return !part.client.empty();
}

bool NarrowNetwork(std::span<const Surplus> rows, double enough, SpikePart& part) {
  if (!part.client.empty()) return false;
  part.client = TopWith(rows, enough, Network);
  return !part.client.empty();
}

bool NarrowInfoCode(std::span<const Surplus> rows, double enough, SpikePart& part) {
  const std::string top = TopWith(rows, enough, InfoCode);
  if (!top.empty()) part.info_code = std::stoi(top);
  return !top.empty();
}

bool NarrowType(std::span<const Surplus> rows, double enough, SpikePart& part) {
  const std::string top = TopWith(rows, enough, Type);
  if (!top.empty()) part.qtype = static_cast<uint16_t>(std::stoi(top));
  return !top.empty();
}

// What says most comes first: each key that is named costs some of the share.
constexpr std::array<Narrow, 6> kNarrow = {NarrowZone,    NarrowServer,   NarrowClient,
                                           NarrowNetwork, NarrowInfoCode, NarrowType};

std::vector<Surplus> Matching(std::span<const Surplus> rows, const SpikePart& part) {
  std::vector<Surplus> matching;
  for (const Surplus& row : rows) {
    if (IsPart(part, row.group)) matching.push_back(row);
  }
  return matching;
}

// The keys that all parts have.
SpikePart CommonOf(std::span<const SpikePart> parts) {
  if (parts.empty()) return {};
  SpikePart common = parts[0];
  for (const SpikePart& part : parts) {
    if (part.zone != common.zone) common.zone.clear();
    if (part.server != common.server) common.server.clear();
    if (part.client != common.client) common.client.clear();
    if (part.qtype != common.qtype) common.qtype = 0;
    if (part.info_code != common.info_code) common.info_code = -1;
  }
  return common;
}

// Names all keys of `part` that can be while enough of the rows are in it: `enough`, and of the net
// surplus `enough_net`. False when none can.
bool NarrowDown(std::vector<Surplus> rows, double enough, double enough_net, SpikePart& part) {
  bool any = false;
  for (const Narrow narrow : kNarrow) {
    // Once a zone or a client is named, little of what is usual is left.
    const bool is_net = narrow == NarrowZone || narrow == NarrowClient || !part.zone.empty() ||
                        !part.client.empty();
    if (!narrow(rows, is_net ? enough_net : enough, part)) continue;
    any = true;
    rows = Matching(rows, part);
  }
  return any;
}

struct Kind {
  KeyOf key_of;
  void (*set)(SpikePart& part, const std::string& key);
};

constexpr std::array<Kind, 4> kKinds = {{
    {Zone, [](SpikePart& part, const std::string& key) { part.zone = key; }},
    {Server, [](SpikePart& part, const std::string& key) { part.server = key; }},
    {Client, [](SpikePart& part, const std::string& key) { part.client = key; }},
    {Network, [](SpikePart& part, const std::string& key) { part.client = key; }},
}};

// The kind of which the fewest keys are enough, the first of equals, and how many these are. Half
// of the fleet's servers or more are chosen only where no other kind has few: they say little. So
// do a few of them that answer to a few clients.
std::pair<const Kind*, size_t> FewestKeys(std::span<const Surplus> surplus, double net,
                                          size_t fleet) {
  const double whole = Total(surplus);
  const Kind* best = kKinds.data();
  size_t fewest = ~size_t{0};
  for (const Kind& kind : kKinds) {
    size_t keys = Enough(SumBy(surplus, kind.key_of), kind.key_of == Server ? whole : net);
    if (keys == 0) continue;
    if (kind.key_of == Server && 2 * keys >= fleet) keys = std::max(keys, kMostParts);
    // Few clients, or one network, are what servers that turn them away have in common.
    const size_t few = kind.key_of == Client ? kMostParts : kind.key_of == Network ? 1 : 0;
    const bool few_clients = keys <= few && best->key_of == Server;
    if ((keys >= fewest || kind.key_of == Network) && !few_clients) continue;
    best = &kind;
    fewest = keys;
  }
  return {best, fewest};
}

// The country whose domain fails as a whole: nearly all lies below it, in more zones than can be
// named. Empty: none.
std::string WholeCountry(std::span<const Surplus> surplus, double net) {
  std::map<std::string, double, std::less<>> sums;
  for (const Surplus& row : surplus) {
    const std::string_view zone = row.group.zone.str();
    if (zone.size() < 4 || zone[zone.size() - 4] != '.') continue;
    sums[std::string(zone.substr(zone.size() - 3))] += row.count;
  }
  const double whole = Total(surplus);
  for (const auto& [country, sum] : sums) {
    if (sum < std::max(kMostOfAll * whole, kWholeCountry * net)) continue;
    const SpikePart part{.zone = country};
    return Enough(SumBy(Matching(surplus, part), Zone), sum) > kMostParts ? country : std::string();
  }
  return {};
}

// A part for each server, where few of many have it; else the part as it is.
std::vector<SpikePart> ByServer(std::span<const Surplus> surplus, const SpikePart& part,
                                size_t fleet) {
  const std::vector<Surplus> rows = Matching(surplus, part);
  const double whole = Total(rows);
  const Sums sums = SumBy(rows, Server);
  const size_t enough = Enough(sums, whole);
  if (enough == 0 || enough > kFewServers || 2 * enough > fleet) return {part};
  std::vector<SpikePart> parts;
  for (size_t i = 0; i < enough; ++i) {
    parts.push_back(part);
    parts.back().server = sums[i].first;
    parts.back().share = part.share * sums[i].second / whole;
  }
  return parts;
}

}  // namespace

KeyShares SharesOfZones(std::span<const Surplus> surplus, double net) {
  return SharesOf(surplus, NetOf(surplus, net), Zone);
}
KeyShares SharesOfServers(std::span<const Surplus> surplus) {
  return SharesOf(surplus, Total(surplus), Server);
}
KeyShares SharesOfClients(std::span<const Surplus> surplus, double net) {
  return SharesOf(surplus, NetOf(surplus, net), Client);
}
KeyShares SharesOfNetworks(std::span<const Surplus> surplus) {
  return SharesOf(surplus, Total(surplus), Network);
}
KeyShares SharesOfTypes(std::span<const Surplus> surplus) {
  return SharesOf(surplus, Total(surplus), Type);
}

KnownClients ClientsOf(std::span<const Surplus> surplus, std::span<const SpikePart> parts,
                       double net) {
  const std::vector<Surplus> rows = Matching(surplus, CommonOf(parts));
  const double whole = Total(rows);
  const Sums sums = SumBy(rows, Client);
  if (sums.empty()) return {};
  // The clients of every day have little each; those of a spike, where they are few, have much.
  size_t surely = Enough(sums, std::min(net, whole));
  bool even = surely != 0 && sums[surely - 1].second >= kEven * sums[0].second;
  for (size_t i = 0; i < sums.size(); ++i) {
    const auto names = [&](const SpikePart& part) { return part.client == sums[i].first; };
    if (std::none_of(parts.begin(), parts.end(), names)) continue;
    surely = i + 1;
    even = true;
  }
  const double least = even ? kEven * sums[surely - 1].second : 0;
  KnownClients known;
  double with_client = 0;
  for (const auto& [client, sum] : sums) {
    with_client += sum;
    if (sum >= least) ++known.clients;
  }
  known.share = with_client / whole;
  return known;
}

bool IsPart(const SpikePart& part, const ErrorGroup& group) {
  return (part.zone.empty() || IsBelow(group.zone, part.zone)) &&
         (part.server.empty() || group.server == part.server) &&
         (part.client.empty() || LiesIn(group.client, part.client)) &&
         (part.qtype == 0 || group.qtype == part.qtype) &&
         (part.info_code < 0 || group.info_code == part.info_code);
}

std::vector<SpikePart> PartsOf(std::span<const Surplus> surplus, double net, size_t fleet) {
  if (surplus.empty()) return {};
  net = NetOf(surplus, net);
  const auto share_of = [&](const SpikePart& part) {
    return std::min(1.0, Total(Matching(surplus, part)) / net);
  };
  std::vector<Surplus> rows(surplus.begin(), surplus.end());
  SpikePart only{.zone = WholeCountry(surplus, net)};
  if (!only.zone.empty()) rows = Matching(rows, only);
  const bool narrowed = NarrowDown(rows, kExplained * Total(surplus), kExplained * net, only);
  only.share = share_of(only);
  const auto [kind, keys] = FewestKeys(surplus, net, fleet);
  const bool says_who = !only.zone.empty() || !only.server.empty() || !only.client.empty();
  // A few clients say more than the domain that all zones they ask for lie in.
  const bool says_less = only.server.empty() && only.client.empty() && kind->key_of == Client &&
                         keys <= kMostParts &&
                         TopWith(surplus, kExplained * net, Zone) != only.zone;
  if (says_who && !says_less) {
    // One client is told once, whatever servers it asked.
    const bool one_client = !only.client.empty() && only.client.find('/') == std::string::npos;
    return only.server.empty() && !one_client ? ByServer(surplus, only, fleet)
                                              : std::vector<SpikePart>{only};
  }
  // An error or a type says at least what it is.
  if (narrowed && keys > kMostParts) return {only};
  std::vector<SpikePart> parts;
  double explained = 0;
  for (const auto& [key, sum] : SumBy(surplus, kind->key_of)) {
    if (parts.size() == kMostParts || explained >= kExplained) break;
    SpikePart part;
    kind->set(part, key);
    rows = Matching(surplus, part);
    // Narrowed by what nearly all of it has, so that the parts stay enough together.
    NarrowDown(rows, 0.95 * sum, 0.95 * sum, part);
    part.share = share_of(part);
    explained += part.share;
    parts.push_back(part);
  }
  return parts;
}

}  // namespace rcodescope
