#include "aggregate/site_table.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "parse/keyed_hash.h"

namespace rcodescope {
namespace {

template <typename Value>
bool AnyOrNone(const std::vector<Value>& allowed, const Value& value) {
  return allowed.empty() || std::find(allowed.begin(), allowed.end(), value) != allowed.end();
}

std::string_view TextOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool Matches(const SiteRule& rule, const Observation& response) {
  const auto holds = [&](const Network& network) { return network.Holds(response.server); };
  if (!rule.prefixes.empty() && std::none_of(rule.prefixes.begin(), rule.prefixes.end(), holds)) {
    return false;
  }
  const auto same = [&](const std::string& nsid) { return nsid == TextOf(response.nsid); };
  return AnyOrNone<uint32_t>(rule.vlans, response.tap.vlan) &&
         AnyOrNone<uint32_t>(rule.vnis, response.tap.vni) &&
         AnyOrNone<uint32_t>(rule.sessions, response.tap.erspan_session) &&
         (rule.nsids.empty() || std::any_of(rule.nsids.begin(), rule.nsids.end(), same));
}

}  // namespace

bool Network::Holds(const IpAddress& other) const {
  const auto whole = static_cast<size_t>(bits / 8);
  if (std::memcmp(address.bytes.data(), other.bytes.data(), whole) != 0) return false;
  const int rest = bits % 8;
  return rest == 0 || (address.bytes[whole] ^ other.bytes[whole]) >> (8 - rest) == 0;
}

SiteTable::SiteTable(std::vector<SiteRule> rules) : rules_(std::move(rules)), names_(1) {
  for (const SiteRule& rule : rules_) {
    auto known = std::find(names_.begin() + 1, names_.end(), rule.name);
    if (known == names_.end()) known = names_.insert(names_.end(), rule.name);
    sites_.push_back(static_cast<uint16_t>(known - names_.begin()));
    by_nsid_ |= !rule.nsids.empty();
  }
}

uint16_t SiteTable::Find(const Observation& response) const {
  const auto matches = [&](const SiteRule& rule) { return Matches(rule, response); };
  const auto rule = std::find_if(rules_.begin(), rules_.end(), matches);
  return rule == rules_.end() ? kNoSite : sites_[static_cast<size_t>(rule - rules_.begin())];
}

uint16_t SiteFinder::Find(const Observation& response) {
  // An NSID is seldom there, and different for one server's nodes.
  if (table_.by_nsid() && !response.nsid.empty()) return table_.Find(response);
  const Tap& tap = response.tap;
  const uint64_t hash =
      KeyedHash64(response.server.bytes.data(), response.server.bytes.size(),
                  uint64_t{tap.vlan} << 48 | uint64_t{tap.erspan_session} << 32 | tap.vni);
  Answer& answer = answers_[hash % kAnswers];
  const bool known = answer.known && answer.server == response.server && answer.vlan == tap.vlan &&
                     answer.session == tap.erspan_session && answer.vni == tap.vni;
  if (!known) {
    answer = {.server = response.server,
              .vlan = tap.vlan,
              .session = tap.erspan_session,
              .vni = tap.vni,
              .site = table_.Find(response),
              .known = true};
  }
  return answer.site;
}

}  // namespace rcodescope
