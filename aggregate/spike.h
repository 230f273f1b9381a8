// A spike: more responses with one code than usual, where they come from, and what that looks like.
// Reports, metrics, log lines and alerts are all made from this.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aggregate/disagreement.h"
#include "capture/packet.h"
#include "parse/rcode.h"

namespace rcodescope {

// Of what the responses are. One incident is one spike: the narrowest of these that has most of it.
enum class SpikeDimension : uint8_t { kOverall, kServer, kZone, kSite, kCount };
inline constexpr size_t kSpikeDimensions = static_cast<size_t>(SpikeDimension::kCount);
inline constexpr std::array<std::string_view, kSpikeDimensions> kSpikeDimensionNames = {
    "overall", "server", "zone", "site"};

enum class SpikeKind : uint8_t {
  kAboveBaseline,  // more than usual
  kHighFromStart,  // above what is ever right, before there was anything to compare with
  kCount,
};
inline constexpr std::array<std::string_view, static_cast<size_t>(SpikeKind::kCount)>
    kSpikeKindNames = {"above_baseline", "high_from_start"};

enum class SpikeClass : uint8_t {
  kAuthoritativeOutage,
  kDnssecFailure,
  kLameDelegation,
  kResolverTrouble,
  kClientGoneWild,
  kRandomSubdomainAttack,
  kTypoLeak,
  kPolicyBlock,
  kReflectionBackscatter,
  kRateLimiting,
  kUnknown,
  kCount,
};
inline constexpr size_t kSpikeClasses = static_cast<size_t>(SpikeClass::kCount);

struct SpikeClassEntry {
  std::string_view name;
  std::string_view meaning;
  std::string_view check_next;
};

// By class.
inline constexpr std::array<SpikeClassEntry, kSpikeClasses> kSpikeClassTable = {{
    {"authoritative_outage", "the servers that are responsible for a zone do not answer",
     "query each name server of the zone directly, over UDP and TCP; look at their routes"},
    {"dnssec_failure", "answers of a zone do not pass validation",
     "expiry of the zone's signatures, the DS record at its parent, the validator's clock"},
    {"lame_delegation", "a zone is delegated to a server that does not serve it",
     "the zone list of the servers that refuse; the NS records at the parent"},
    {"resolver_trouble", "one resolver fails for many zones at once",
     "the resolver's log, its way to the Internet, its forwarders, memory and open files"},
    {"client_gone_wild", "one client, or one network of them, asks for most of it",
     "what runs on that client; block or limit it if it does not stop"},
    {"random_subdomain_attack", "made-up names below one zone, so that no cache can answer them",
     "rate limits for the zone, aggressive use of NSEC (RFC 8198), the clients' origin"},
    {"typo_leak", "names that end in a search list or a private suffix are asked of the world",
     "search lists of the clients; serve the suffix locally (RFC 6303, RFC 8375)"},
    {"policy_block", "answers are refused or forged by a policy",
     "access lists, response policy zones and block lists, and when they last changed"},
    {"reflection_backscatter", "answers to queries that their addressees never sent",
     "who announces the addressees' networks; response rate limiting at the servers"},
    {"rate_limiting", "a server turns queries away because there are too many",
     "the server's rate limits, and who sends the queries"},
    {"unknown", "none of the known patterns", "the keys that explain it, and what changed then"},
}};

// One combination of keys that makes up a part of a spike. Empty and 0 mean any, and -1 does.
struct SpikePart {
  std::string zone;
  std::string server;
  std::string client;  // an address, or a prefix with its length
  uint16_t qtype = 0;
  int32_t info_code = -1;  // Extended DNS Error, RFC 8914
  double share = 0;        // of what is more than usual, 0 to 1
};

struct Spike {
  uint64_t number = 0;  // counted from 1, in the order of detection
  Rcode rcode;          // of responses to QUERY
  SpikeDimension dimension = SpikeDimension::kOverall;
  std::string key;   // server, zone or site; empty: overall
  std::string site;  // where nearly all of it is seen; empty: at several, or sites have no names
  SpikeKind kind = SpikeKind::kAboveBaseline;
  bool provisional = false;  // the baseline is the median of less than an hour

  Timestamp begin;               // of the first window that is part of it
  Timestamp detected;            // end of the window in which it was found
  std::optional<Timestamp> end;  // of the last window that is part of it; empty: it goes on

  double rate = 0;          // responses a second: while it goes on of late, then at its highest
  double baseline = 0;      // responses a second that are usual; 0 with kHighFromStart
  double share = 0;         // of the key's responses; of a zone, of all zones' responses
  double completeness = 1;  // worst of its windows: frames seen / (frames seen + dropped)
  uint64_t clients_estimate = 0;

  SpikeClass spike_class = SpikeClass::kUnknown;
  std::vector<std::string> reasons;  // for the class, most telling first
  std::vector<SpikePart> explains;   // largest share first; together ≥ 80 % where few keys can
  std::string text;                  // one sentence
};

// Spikes found so far.
struct SpikeTally {
  Rcode rcode;
  SpikeDimension dimension = SpikeDimension::kOverall;
  uint64_t spikes = 0;
};

// What the detector has found. Those that go on come first, then those that have ended, the latest
// first.
struct SpikeReport {
  std::vector<Spike> spikes;
  std::vector<SpikeTally> tallies;
  std::vector<Disagreement> disagreements;
};

}  // namespace rcodescope
