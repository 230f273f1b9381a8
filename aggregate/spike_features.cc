#include "aggregate/spike_features.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "aggregate/spike_words.h"
#include "parse/extended_errors.h"
#include "parse/protocol.h"

namespace rcodescope {
namespace {

// What an INFO-CODE says of the cause: RFC 8914 §4 and the registry behind it.
struct InfoMeaning {
  uint16_t info_code;
  SpikeClass cause;
};
constexpr std::array kInfoMeanings = {
    InfoMeaning{1, SpikeClass::kDnssecFailure},         // Unsupported DNSKEY Algorithm
    InfoMeaning{2, SpikeClass::kDnssecFailure},         // Unsupported DS Digest Type
    InfoMeaning{5, SpikeClass::kDnssecFailure},         // DNSSEC Indeterminate
    InfoMeaning{6, SpikeClass::kDnssecFailure},         // DNSSEC Bogus
    InfoMeaning{7, SpikeClass::kDnssecFailure},         // Signature Expired
    InfoMeaning{8, SpikeClass::kDnssecFailure},         // Signature Not Yet Valid
    InfoMeaning{9, SpikeClass::kDnssecFailure},         // DNSKEY Missing
    InfoMeaning{10, SpikeClass::kDnssecFailure},        // RRSIGs Missing
    InfoMeaning{11, SpikeClass::kDnssecFailure},        // No Zone Key Bit Set
    InfoMeaning{12, SpikeClass::kDnssecFailure},        // NSEC Missing
    InfoMeaning{14, SpikeClass::kResolverTrouble},      // Not Ready
    InfoMeaning{15, SpikeClass::kPolicyBlock},          // Blocked
    InfoMeaning{16, SpikeClass::kPolicyBlock},          // Censored
    InfoMeaning{17, SpikeClass::kPolicyBlock},          // Filtered
    InfoMeaning{18, SpikeClass::kPolicyBlock},          // Prohibited
    InfoMeaning{20, SpikeClass::kLameDelegation},       // Not Authoritative
    InfoMeaning{22, SpikeClass::kAuthoritativeOutage},  // No Reachable Authority
    InfoMeaning{23, SpikeClass::kAuthoritativeOutage},  // Network Error
    InfoMeaning{25, SpikeClass::kDnssecFailure},        // Signature Expired before Valid
    InfoMeaning{31, SpikeClass::kRateLimiting},         // Rate Limited
    InfoMeaning{32, SpikeClass::kRateLimiting},         // Over Quota
    InfoMeaning{27, SpikeClass::kDnssecFailure},        // Unsupported NSEC3 Iterations Value
};

// Types asked for because answers with them are large: reflection.
constexpr std::array<uint16_t, 4> kLargeTypes = {16, 46, 48, kTypeAny};  // TXT, RRSIG, DNSKEY, ANY

// Domains that nobody serves to the world: RFC 6761, 6762, 7686, 8375, 9476, and suffixes that
// private networks are known to use (ICANN's name collision studies).
constexpr std::array<std::string_view, 17> kPrivateSuffixes = {
    "alt.",       "corp.",     "domain.",  "home.", "home.arpa.", "internal.",
    "intra.",     "intranet.", "invalid.", "lan.",  "local.",     "localdomain.",
    "localhost.", "onion.",    "private.", "test.", "workgroup."};

constexpr double kHalf = 0.5;
constexpr double kMostOfIt = 0.7;
constexpr size_t kFewZones = 3;
constexpr size_t kFewClients = 30;
constexpr size_t kManyServers = 20;
constexpr double kFewNames = 5;     // in a window: the same ones again and again
constexpr double kManyNames = 0.5;  // hardly one comes twice
constexpr double kOthersFell = 0.7;
constexpr double kOthersAsUsual = 0.8;
constexpr size_t kSomeZones = 50;
constexpr size_t kZonesToName = 10;   // too few to be all that a server is asked for
constexpr size_t kSomeClients = 100;  // who may be all that a small site has

bool IsPrivate(std::string_view zone) {
  if (zone == ".") return true;  // a single label that is no top-level domain
  return std::any_of(kPrivateSuffixes.begin(), kPrivateSuffixes.end(), [&](std::string_view end) {
    return zone == end || (zone.ends_with(end) && zone[zone.size() - end.size() - 1] == '.');
  });
}

// Tries one class after the other; the first that fits is it.
class Telling {
 public:
  Telling(const SpikeFeatures& features, Spike& spike) : is_(features), spike_(spike) {}

  void Run() {
    spike_.reasons.clear();
    if (!ByBackscatter() && !ByClient() && !ByInfoCode() && !ByRcode() && !ByNetwork()) {
      spike_.spike_class = SpikeClass::kUnknown;
      Say("no single zone, client or error explains it");
    }
    SayWhere();
  }

 private:
  bool Is(SpikeClass spike_class) {
    spike_.spike_class = spike_class;
    return true;
  }
  void Say(std::string reason) { spike_.reasons.push_back(std::move(reason)); }
  void SayZone() { Say(Percent(is_.zones.top_share) + " in zone " + is_.zones.top); }

  void SayDomain() { Say("in many zones, all of them below " + spike_.explains[0].zone); }

  bool OneZone() const { return is_.zones.top_share >= kExplained; }
  bool FewZones() const { return is_.zones.enough != 0 && is_.zones.enough <= kFewZones; }
  // What is wrong is theirs: no server fails otherwise.
  bool SomeZonesEverywhere() const {
    return !FewZones() && is_.zones.enough != 0 && is_.zones.enough <= kSomeZones &&
           is_.servers_hit > 1 && is_.servers_hit == is_.fleet &&
           is_.other_load.value_or(0) >= kOthersAsUsual;
  }
  // A few zones at each server, or all below one domain.
  bool ZonesToName() const {
    const bool few = is_.zones.enough != 0 && is_.zones.enough <= kZonesToName;
    const bool everywhere = is_.servers_hit > 1 && is_.servers_hit == is_.fleet;
    return few && everywhere && is_.other_load.value_or(1) >= kHalf;
  }
  bool OneDomain() const {
    return spike_.explains.size() == 1 && !spike_.explains[0].zone.empty() &&
           spike_.explains[0].server.empty();
  }
  bool FewClients() const { return is_.clients.enough != 0 && is_.clients.enough <= kFewClients; }
  // For many zones, while the servers answer others: no list of zones, nor one of who may ask.
  bool SomeClientsOfMany() const {
    const bool many_zones = is_.zones.enough == 0 || is_.zones.enough > kSomeZones;
    return is_.clients.enough != 0 && is_.clients.enough <= kSomeClients && many_zones &&
           is_.share < kHalf;
  }
  bool OneServer() const { return is_.servers.top_share >= kExplained; }
  bool SomeServersOnly() const { return is_.servers_hit != 0 && is_.servers_hit < is_.fleet; }

  bool ByInfoCode() {
    const auto& shares = is_.info_class_shares;
    const auto most = std::max_element(shares.begin(), shares.end());
    if (*most < kHalf) return false;
    auto cause = static_cast<SpikeClass>(most - shares.begin());
    const std::string name(EdeName(static_cast<uint16_t>(is_.info_code)));
    Say("EDE " + std::to_string(is_.info_code) + (name.empty() ? "" : " " + name) + " in " +
        Percent(is_.info_code_share));
    if (cause == SpikeClass::kAuthoritativeOutage && !FewZones() && OneDomain()) {
      SayDomain();
    } else if (cause == SpikeClass::kAuthoritativeOutage &&
               (SomeZonesEverywhere() || (!FewZones() && ZonesToName()))) {
      Say(std::to_string(is_.zones.enough) + " zones, at each server, and others as usual");
    } else if (cause == SpikeClass::kAuthoritativeOutage && !FewZones()) {
      Say("in many zones at once");
      cause = SpikeClass::kResolverTrouble;
    } else if (FewZones()) {
      SayZone();
    }
    return Is(cause);
  }

  bool ByBackscatter() {
    if (is_.large_types_share >= kExplained &&
        (is_.variety.value_or(0) <= kHalf || is_.names <= kFewNames)) {
      Say(Percent(is_.large_types_share) + " ask for types with large answers, most for " +
          TypeName(static_cast<uint16_t>(std::stoi(is_.types.top))));
      Say("the same few names again and again");
      return Is(SpikeClass::kReflectionBackscatter);
    }
    const bool one_victim = is_.networks.top_share >= kExplained;
    if (!one_victim || is_.rcode.code != kRcodeRefused || is_.servers.enough < kManyServers) {
      return false;
    }
    Say(Percent(is_.networks.top_share) + " go to network " + is_.networks.top);
    Say("most from " + std::to_string(is_.servers.enough) + " different servers");
    return Is(SpikeClass::kReflectionBackscatter);
  }

  bool ByClient() {
    if (is_.clients.top_share < kMostOfIt) return false;
    Say(Percent(is_.clients.top_share) + " go to client " + is_.clients.top);
    return Is(SpikeClass::kClientGoneWild);
  }

  bool ByNetwork() {
    if (is_.networks.top_share < kMostOfIt) return false;
    Say(Percent(is_.networks.top_share) + " go to network " + is_.networks.top);
    return Is(SpikeClass::kClientGoneWild);
  }

  bool ByRcode() {
    if (is_.rcode.space != RcodeSpace::kDns) return false;
    switch (is_.rcode.code) {
      case kRcodeNxDomain: return ByNxDomain();
      case kRcodeRefused: return ByRefused();
      case kRcodeServFail: return ByServFail();
      default: return false;
    }
  }

  bool ByNxDomain() {
    if (FewZones() && IsPrivate(is_.zones.top)) {
      SayZone();
      Say("nobody serves that to the world");
      return Is(SpikeClass::kTypoLeak);
    }
    const bool made_up = is_.variety.value_or(0) >= kManyNames;
    if (OneZone() && made_up && is_.lasting_variety.value_or(1) >= kManyNames) {
      SayZone();
      Say("hardly a name comes twice");
      return Is(SpikeClass::kRandomSubdomainAttack);
    }
    if (FewZones()) {
      SayZone();
      Say("the same names come from many clients");
      return Is(SpikeClass::kTypoLeak);
    }
    if (is_.other_load.value_or(1) > kOthersFell) return false;
    Say("other answers have become fewer as much");
    return Is(OneServer() && SomeServersOnly() ? SpikeClass::kResolverTrouble
                                               : SpikeClass::kPolicyBlock);
  }

  bool ByRefused() {
    if (OneZone()) {
      SayZone();
      SaySiblings();
      return Is(SpikeClass::kLameDelegation);
    }
    // An access list takes a network, a rate limit whoever asks too much.
    const bool one_network = is_.networks.top_share >= kExplained;
    if ((FewClients() || SomeClientsOfMany()) && !one_network) {
      Say(std::to_string(is_.clients.enough) + " clients get most of it");
      Say("whatever zone they ask for");
      return Is(SpikeClass::kRateLimiting);
    }
    if (is_.zones.enough == 1) return false;
    Say("in many zones at once");
    if (one_network) Say(Percent(is_.networks.top_share) + " go to network " + is_.networks.top);
    return Is(SpikeClass::kPolicyBlock);
  }

  bool ByServFail() {
    if (OneZone() && is_.variety.value_or(0) >= 0.9 && is_.excess >= 100) {
      SayZone();
      Say("hardly a name comes twice");
      return Is(SpikeClass::kRandomSubdomainAttack);
    }
    if (FewZones()) {
      SayZone();
      SaySiblings();
      return Is(SpikeClass::kAuthoritativeOutage);
    }
    if (OneDomain()) {
      SayDomain();
      return Is(SpikeClass::kAuthoritativeOutage);
    }
    Say("in many zones at once");
    return Is(SpikeClass::kResolverTrouble);
  }

  // Servers of one zone that answer differently.
  void SaySiblings() {
    if (!SomeServersOnly()) return;
    Say("siblings disagree: " + std::to_string(is_.servers_hit) + " of " +
        std::to_string(is_.fleet) + " servers " + (is_.servers_hit == 1 ? "answers" : "answer") +
        " so, the others do not");
  }

  void SayWhere() {
    if (OneServer() && is_.fleet > 1) {
      Say(Percent(is_.servers.top_share) + " from server " + is_.servers.top + " of " +
          std::to_string(is_.fleet));
    }
  }

  const SpikeFeatures& is_;
  Spike& spike_;
};

}  // namespace

SpikeFeatures FeaturesOf(Rcode rcode, std::span<const Surplus> surplus, double net) {
  SpikeFeatures features;
  features.rcode = rcode;
  features.zones = SharesOfZones(surplus, net);
  features.servers = SharesOfServers(surplus);
  features.clients = SharesOfClients(surplus, net);
  features.networks = SharesOfNetworks(surplus);
  features.types = SharesOfTypes(surplus);
  double whole = 0;
  std::map<int32_t, double> by_code;
  for (const Surplus& row : surplus) {
    whole += row.count;
    const bool large =
        std::find(kLargeTypes.begin(), kLargeTypes.end(), row.group.qtype) != kLargeTypes.end();
    if (large) features.large_types_share += row.count;
    if (row.group.info_code >= 0) by_code[row.group.info_code] += row.count;
  }
  if (whole > 0) features.large_types_share /= whole;
  for (const auto& [info_code, count] : by_code) {
    const double share = count / whole;
    if (share > features.info_code_share) {
      features.info_code = info_code;
      features.info_code_share = share;
    }
    for (const InfoMeaning& meaning : kInfoMeanings) {
      if (meaning.info_code != info_code) continue;
      features.info_class_shares[static_cast<size_t>(meaning.cause)] += share;
    }
  }
  return features;
}

void Classify(const SpikeFeatures& features, Spike& spike) { Telling(features, spike).Run(); }

}  // namespace rcodescope
