// What a response says of the zone it comes from, and whether that may be believed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "parse/observation.h"

namespace rcodescope {

// Why something that a response says of zones is not believed, or not kept.
enum class EvidenceRefusal : uint8_t {
  kOtherBranch,  // the owner of the SOA or NS record is no ancestor of the name asked for
  kAboveSuffix,  // it is a public suffix or above, and other zones lie between it and the name
  kDeniedApex,   // NXDOMAIN for the name at which the zone begins, which therefore exists
  kNoRoom,       // believed, but there was no room to keep it
  kCount,
};
struct EvidenceRefusalEntry {
  std::string_view name;
  std::string_view meaning;
};
inline constexpr size_t kEvidenceRefusals = static_cast<size_t>(EvidenceRefusal::kCount);
inline constexpr std::array<EvidenceRefusalEntry, kEvidenceRefusals> kEvidenceRefusalTable = {{
    {"other_branch", "a SOA or NS record whose owner does not hold the name asked for"},
    {"above_suffix", "a SOA record of a public suffix or above for a name far below it"},
    {"denied_apex", "NXDOMAIN for a name beside a SOA record of that very name"},
    {"no_room", "zone cuts that could not be kept"},
}};
using EvidenceRefusals = std::array<uint64_t, kEvidenceRefusals>;

struct ZoneEvidence {
  enum class Says : uint8_t {
    kNothing,
    kZone,      // the response comes from the zone `owner`
    kReferral,  // it comes from a zone above `owner`, at which another one begins
    kRefused,
  };
  Says says = Says::kNothing;
  EvidenceRefusal refusal = EvidenceRefusal::kCount;  // with kRefused
  // kZone: other responses of the server for names in `owner` are of that zone, too.
  bool counts_for_others = false;
  NameRef owner;
};

// Of a response to QUERY: the SOA of a negative answer (RFC 2308 §2), the NS records beside an
// authoritative answer or in a referral (RFC 1034 §4.3.2), an answered question for a SOA. `name`:
// what the response is about, see ZonePolicy. `floor`: labels of its public suffix, 0 if the list
// does not know its top label.
//
// An owner must be a suffix of the name. A zone below the floor counts for others; one at or above
// it, for this response alone, and only where nothing lies between: for the owner's own name and
// those one label below, and for names that are denied (www.nosuch.com by com), but by the root
// only under a top label that is not in the list. So nobody gains the traffic of another branch, or
// of a whole top-level domain, by a forged record.
ZoneEvidence ReadEvidence(const Observation& response, const LastLabels& name, int floor);

// One zone of one server, as a worker learned it.
struct CutEvidence {
  uint64_t server = 0;  // as in ZoneCut
  uint64_t zone = 0;
  uint8_t labels = 0;
};

// What a worker learned in one window: each cut once, in fixed memory. One writer; not thread-safe.
class EvidenceSet {
 public:
  static constexpr size_t kMost = 1024;

  EvidenceSet();
  static constexpr size_t TableBytes() {
    return kMost * sizeof(CutEvidence) + kSlots * sizeof(uint16_t);
  }

  // That a server has the zone. `secret`: the key of all hashes. Counts what finds no room as
  // refused.
  void Add(const IpAddress& server, NameRef zone, uint64_t secret);
  void CountRefusal(EvidenceRefusal refusal) { ++refusals_[static_cast<size_t>(refusal)]; }
  void Clear();  // takes as long as was added

  std::span<const CutEvidence> cuts() const { return cuts_; }
  const EvidenceRefusals& refusals() const { return refusals_; }

 private:
  static constexpr size_t kSlots = 2 * kMost;
  static size_t SlotOf(const CutEvidence& evidence) {
    return (evidence.server ^ evidence.zone) % kSlots;
  }

  std::vector<CutEvidence> cuts_;
  std::vector<uint16_t> slots_;  // number + 1; 0: free
  EvidenceRefusals refusals_{};
};

}  // namespace rcodescope
