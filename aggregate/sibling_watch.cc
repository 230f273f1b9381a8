#include "aggregate/sibling_watch.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "aggregate/spike_words.h"
#include "aggregate/wilson.h"

namespace rcodescope {
namespace {

constexpr double kMinuteSeconds = 60;
constexpr double kOftenSeconds = 5;
constexpr double kLingers = 60;  // seconds without it until it is over
constexpr size_t kMostZones = 1024;
constexpr size_t kMostServers = 32;
constexpr size_t kMostEnded = 100;
constexpr size_t kZonesNamed = 3;

// Of one server in one zone.
constexpr double kLeastFailures = 10;
constexpr double kOddShare = 0.5;      // of the one that fails, for certain
constexpr double kSiblingShare = 0.2;  // of those that do not, together, for certain
constexpr double kSiblingAsked = 5;    // responses, or nobody knows what it would say
// -ln of the chance that all clients who were failed had chosen the same server, as each of them
// keeps to one: then others would have failed, too.
constexpr double kNoChance = 13.8;
constexpr size_t kMostClients = 20;  // of a server: as many are enough, whatever the choice

// Of a site.
constexpr double kLeastOfSite = 30;  // responses
constexpr double kTimesAsMuch = 4;   // of the siblings' share
constexpr double kTelling = 10;      // responses of a step
constexpr double kCalmPart = 0.5;    // of a share that is normal

std::string ListOf(const std::vector<std::string>& zones) {
  std::string text;
  for (size_t i = 0; i < std::min(zones.size(), kZonesNamed); ++i) {
    text += (i == 0 ? "" : ", ") + zones[i];
  }
  if (zones.size() > kZonesNamed) {
    text += " and " + std::to_string(zones.size() - kZonesNamed) + " more";
  }
  return text;
}

// REFUSED from 192.0.2.53 for example.com.: 100 % of its errors there, its siblings 192.0.2.54 0 %,
// 192.0.2.55 2 %
std::string Sentence(const Disagreement& disagreement) {
  const bool is_server = disagreement.kind == SiblingKind::kServer;
  std::string text =
      RcodeName(disagreement.rcode) + (is_server ? " from " : " at ") + disagreement.odd.key +
      (is_server ? " for " + ListOf(disagreement.zones) : "") + ": " +
      Percent(disagreement.odd.share) + (is_server ? " of its errors there" : " of its responses") +
      ", its " + (disagreement.siblings.size() == 1 ? "sibling " : "siblings ");
  for (size_t i = 0; i < disagreement.siblings.size(); ++i) {
    const Sibling& sibling = disagreement.siblings[i];
    text += (i == 0 ? "" : ", ") + sibling.key + " " + Percent(sibling.share);
  }
  return text;
}

void AddClient(uint64_t hash, std::vector<uint64_t>& clients) {
  if (clients.size() == kMostClients) return;
  if (std::find(clients.begin(), clients.end(), hash) == clients.end()) clients.push_back(hash);
}

struct Parted {
  std::vector<std::string> odd;
  std::vector<Sibling> siblings;  // that answer; none where that is not certain
};

// A zone's servers: those that fail, and those that do not.
Parted Part(const SiblingWatch::Tallies& servers, size_t code) {
  Parted parted;
  double asked = 0;
  double failed = 0;
  for (const auto& [server, tally] : servers) {
    const double failures = tally.codes[code];
    if (failures >= kLeastFailures && Wilson(failures, tally.all).least >= kOddShare) {
      parted.odd.push_back(server);
    } else if (tally.all >= kSiblingAsked) {
      asked += tally.all;
      failed += failures;
      parted.siblings.push_back({server, tally.all, failures / tally.all});
    }
  }
  if (Wilson(failed, asked).most > kSiblingShare) parted.siblings.clear();
  return parted;
}

// What one more zone adds to a finding.
void Merge(Sibling& to, const Sibling& from) {
  const double with_code = to.share * to.responses + from.share * from.responses;
  to.responses += from.responses;
  to.share = to.responses > 0 ? with_code / to.responses : 0;
}

void Merge(Disagreement& to, const Disagreement& from) {
  Merge(to.odd, from.odd);
  to.begin = std::min(to.begin, from.begin);
  for (const Sibling& sibling : from.siblings) {
    const auto same = std::find_if(to.siblings.begin(), to.siblings.end(),
                                   [&](const Sibling& other) { return other.key == sibling.key; });
    if (same == to.siblings.end()) {
      to.siblings.push_back(sibling);
    } else {
      Merge(*same, sibling);
    }
  }
}

}  // namespace

SiblingWatch::SiblingWatch(std::vector<SiblingCode> codes, double step, size_t most)
    : codes_(std::move(codes)),
      most_(most),
      minute_(static_cast<size_t>(std::ceil(kMinuteSeconds / step))),
      often_(static_cast<size_t>(std::ceil(kOftenSeconds / step))) {}

bool SiblingWatch::IsFailure(size_t code) const {
  return codes_[code].rcode != Rcode{RcodeSpace::kDns, kRcodeNxDomain};
}

void SiblingWatch::Add(const StepCounts& counts, Timestamp begin, Timestamp end) {
  if (steps_++ % minute_ == 0) minutes_ = {Minute{}, std::move(minutes_[0])};
  AddGroups(counts, begin);
  AddSites(counts, begin);
  if (steps_ % often_ != 0) return;
  Found found;
  LookInZones(found);
  LookAtSites(found);
  Follow(std::move(found), end);
}

SiblingWatch::Tally SiblingWatch::Nothing() const {
  Tally tally;
  tally.codes.resize(codes_.size());
  tally.clients.resize(codes_.size());
  tally.first.resize(codes_.size(), kNoTime);
  return tally;
}

// Groups of a zone come in a row, and so do those of its servers.
void SiblingWatch::AddGroups(const StepCounts& counts, Timestamp begin) {
  const ErrorGroup* last = nullptr;
  Zone* zone = nullptr;     // that of `last`; null: there is no room for it
  Tally* server = nullptr;  // the same
  for (const ErrorGroup& group : counts.groups()) {
    if (group.zone.empty() || group.server.empty()) continue;
    const bool new_zone = last == nullptr || last->zone != group.zone;
    if (new_zone) zone = ZoneOf(group.zone);
    if (new_zone || last->server != group.server) {
      server = zone == nullptr ? nullptr : ServerOf(group.server, *zone);
    }
    last = &group;
    if (server == nullptr) continue;
    Count(group, counts.CountOf(group), begin, *zone, *server, counts.PlaceOf(group.rcode));
  }
}

// Of the minute that goes on; valid until a zone is added.
SiblingWatch::Zone* SiblingWatch::ZoneOf(const KeyText& name) {
  Minute& minute = minutes_[0];
  const uint32_t number = minute.zone_names.Find(name);
  if (number != TextIndex::kNone) return &minute.zones[number];
  if (minute.zones.size() == kMostZones) return nullptr;
  minute.zone_names.At(name);
  return &minute.zones.emplace_back();
}

// Valid until a server is added.
SiblingWatch::Tally* SiblingWatch::ServerOf(const KeyText& name, Zone& zone) {
  const auto row = RowOf(name, zone.servers);
  if (row != zone.servers.end()) return &row->tally;
  if (zone.servers.size() == kMostServers || minutes_[0].servers == most_) return nullptr;
  ++minutes_[0].servers;
  return &zone.servers.emplace_back(Row{name, Nothing()}).tally;
}

void SiblingWatch::Count(const ErrorGroup& group, double count, Timestamp begin, Zone& zone,
                         Tally& tally, size_t code) const {
  tally.all += count;
  tally.codes[code] += count;
  if (!IsFailure(code)) return;
  zone.failures += count;
  if (tally.first[code] == kNoTime) tally.first[code] = begin;
  if (!group.client.empty()) AddClient(group.client.hash(), tally.clients[code]);
}

void SiblingWatch::AddSites(const StepCounts& counts, Timestamp begin) {
  Rows& sites = minutes_[0].sites;
  for (size_t i = 0; i < counts.sites().size(); ++i) {
    const CodeCounts& count = counts.sites().counts(i);
    const KeyText& name = counts.sites().key(i);
    auto row = RowOf(name, sites);
    if (row == sites.end()) row = sites.insert(row, Row{name, Nothing()});
    const auto before = RowOf(name, minutes_[1].sites);
    Tally& tally = row->tally;
    tally.all += count.all;
    for (size_t code = 0; code < codes_.size(); ++code) {
      tally.codes[code] += count.codes[code];
      if (count.all >= kTelling &&
          count.codes[code] < kCalmPart * codes_[code].normal_share * count.all) {
        // Errors of every day, or what was is over.
        tally.first[code] = kNoTime;
        if (before != minutes_[1].sites.end()) before->tally.first[code] = kNoTime;
      } else if (count.codes[code] > 0 && tally.first[code] == kNoTime) {
        tally.first[code] = begin;
      }
    }
  }
}

SiblingWatch::Rows::iterator SiblingWatch::RowOf(const KeyText& name, Rows& rows) {
  return std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.key == name; });
}

SiblingWatch::Tallies SiblingWatch::Both(const Rows& now, const Rows& before) const {
  Tallies both;
  for (const Row& row : now) both.emplace(row.key, row.tally);
  for (const auto& [key, from] : before) {
    Tally& to = both.try_emplace(key, Nothing()).first->second;
    to.all += from.all;
    for (size_t code = 0; code < codes_.size(); ++code) {
      to.codes[code] += from.codes[code];
      for (const uint64_t client : from.clients[code]) AddClient(client, to.clients[code]);
      if (from.first[code] != kNoTime) to.first[code] = from.first[code];
    }
  }
  return both;
}

void SiblingWatch::LookInZones(Found& found) const {
  static const Zone kNothing;
  const auto of = [&](const Minute& minute, const KeyText& name) -> const Zone& {
    const uint32_t number = minute.zone_names.Find(name);
    return number == TextIndex::kNone ? kNothing : minute.zones[number];
  };
  std::set<KeyText> names;  // in order: findings go together in that of their zones
  for (const Minute& minute : minutes_) {
    for (size_t number = 0; number < minute.zones.size(); ++number) {
      if (minute.zones[number].failures == 0) continue;
      const KeyText& name = minute.zone_names.key(number);
      const double failures = of(minutes_[0], name).failures + of(minutes_[1], name).failures;
      if (failures >= kLeastFailures) names.insert(name);
    }
  }
  for (const KeyText& name : names) {
    LookAtServers(name, Both(of(minutes_[0], name).servers, of(minutes_[1], name).servers), found);
  }
  for (auto& [key, finding] : found) {
    std::vector<std::pair<double, std::string>> zones;
    for (const auto& [zone, failures] : finding.zones) zones.emplace_back(-failures, zone);
    std::sort(zones.begin(), zones.end());
    for (auto& [failures, zone] : zones) finding.told.zones.push_back(std::move(zone));
  }
}

void SiblingWatch::LookAtServers(const std::string& zone, const Tallies& servers,
                                 Found& found) const {
  for (size_t code = 0; code < codes_.size() && servers.size() > 1; ++code) {
    if (!IsFailure(code)) continue;
    const Parted parted = Part(servers, code);
    if (parted.odd.empty() || parted.odd.size() > parted.siblings.size()) continue;
    const auto choices = static_cast<double>(parted.odd.size() + parted.siblings.size());
    for (const std::string& odd : parted.odd) {
      const Tally& tally = servers.at(odd);
      const auto clients = static_cast<double>(tally.clients[code].size());
      if (clients * std::log(choices) < kNoChance) continue;
      const Disagreement told{.rcode = codes_[code].rcode,
                              .kind = SiblingKind::kServer,
                              .odd = {odd, tally.all, tally.codes[code] / tally.all},
                              .siblings = parted.siblings,
                              .begin = tally.first[code]};
      const auto key = std::make_tuple(code, SiblingKind::kServer, odd);
      const auto [finding, is_new] = found.try_emplace(key, Finding{told, {}});
      if (!is_new) Merge(finding->second.told, told);
      finding->second.zones[zone] = tally.codes[code];
    }
  }
}

void SiblingWatch::LookAtSites(Found& found) const {
  const Tallies sites = Both(minutes_[0].sites, minutes_[1].sites);
  for (size_t code = 0; code < codes_.size() && sites.size() > 1; ++code) {
    if (!IsFailure(code)) continue;
    for (const auto& [odd, tally] : sites) {
      const double least = Wilson(tally.codes[code], tally.all).least;
      const bool goes_on = tally.first[code] != kNoTime;
      if (!goes_on || tally.all < kLeastOfSite || least < codes_[code].normal_share) continue;
      Disagreement one{.rcode = codes_[code].rcode,
                       .kind = SiblingKind::kSite,
                       .odd = {odd, tally.all, tally.codes[code] / tally.all},
                       .begin = tally.first[code]};
      size_t others = 0;
      for (const auto& [site, other] : sites) {
        if (site == odd || other.all < kLeastOfSite) continue;
        ++others;
        if (Wilson(other.codes[code], other.all).most * kTimesAsMuch > least) continue;
        one.siblings.push_back({site, other.all, other.codes[code] / other.all});
      }
      // Most of the others, or it is not the odd one.
      if (2 * one.siblings.size() <= others) continue;
      found.emplace(std::make_tuple(code, SiblingKind::kSite, odd), Finding{std::move(one), {}});
    }
  }
}

// What goes on keeps the times at which it was found.
void SiblingWatch::Follow(Found found, Timestamp end) {
  std::vector<Disagreement> active;
  std::vector<Timestamp> seen;
  for (auto& [key, finding] : found) {
    Disagreement& one = finding.told;
    one.detected = end;
    one.text = Sentence(one);
    const auto before =
        std::find_if(active_.begin(), active_.end(), [&](const Disagreement& other) {
          return other.rcode == one.rcode && other.kind == one.kind && other.odd.key == one.odd.key;
        });
    if (before != active_.end()) {
      one.begin = before->begin;
      one.detected = before->detected;
      seen_.erase(seen_.begin() + (before - active_.begin()));
      active_.erase(before);
    }
    active.push_back(std::move(one));
    seen.push_back(end);
  }
  for (size_t i = 0; i < active_.size(); ++i) {
    if (static_cast<double>(end.ns - seen_[i].ns) < kLingers * kNanosPerSecond) {
      active.push_back(std::move(active_[i]));
      seen.push_back(seen_[i]);
      continue;
    }
    active_[i].end = seen_[i];
    ended_.push_back(std::move(active_[i]));
    if (ended_.size() > kMostEnded) ended_.erase(ended_.begin());
  }
  active_ = std::move(active);
  seen_ = std::move(seen);
}

}  // namespace rcodescope
