// Which zone a response is counted under.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "aggregate/public_suffix.h"
#include "aggregate/zone_cuts.h"
#include "aggregate/zone_evidence.h"
#include "aggregate/zone_list.h"
#include "parse/observation.h"

namespace rcodescope {

// What told the zone.
enum class ZoneRule : uint8_t {
  kNoName,
  kConfigured,
  kNamed,
  kEvidence,
  kReferral,
  kLearned,
  kPublicSuffix,
  kReverse,
  kRoot,
  kLabels,
  kCount,
};
inline constexpr std::array<std::string_view, static_cast<size_t>(ZoneRule::kCount)>
    kZoneRuleMeanings = {
        "there is no question",
        "it is one of --zones",
        "the message names its zone itself",
        "the response's SOA or NS record says so",
        "above the owner of the referral's NS records",
        "the server has said so in an earlier window",
        "public suffix and one label",
        "reverse names are cut here",
        "the root holds what is in no top-level domain",
        "the last labels of the name",
};

// What workers have learned, as it is for one window.
struct CutsInForce {
  const ZoneCuts* cuts = nullptr;  // null: nothing
  int64_t window = 0;
};

struct ZoneDecision {
  NameRef zone;  // empty: there is none
  ZoneRule rule = ZoneRule::kNoName;
  bool teaches = false;                               // `cut` is to be kept
  EvidenceRefusal refusal = EvidenceRefusal::kCount;  // kCount: nothing was refused
  NameRef cut;
};

// Immutable; safe to read from any thread.
//
// A response is about the name asked for; one that says that something is not there, or was not
// answered, about the last target of a chain of CNAMEs (RFC 2308 §2.1, RFC 6604 §3). Its zone is,
// of the zones that hold this name, one that was configured; else, by evidence, what the response
// itself says (ReadEvidence); else what its server said of other names of that zone, two windows
// ago or earlier; else the public suffix and one label more, or a reverse name's /24 or /48. A
// referral comes from above the cut it tells of, and the answer to a question for DS from above the
// name (RFC 4035 §3.1.4.1). UPDATE, NOTIFY, AXFR and IXFR name their zone themselves (RFC 2136
// §2.3, RFC 1996 §3.7, RFC 5936 §2.1). A name of one label that is no top-level domain belongs to
// the root, which is who answers for it. Names are parts of the message's, borrowed from it.
class ZonePolicy {
 public:
  // The public suffix and one label more; reverse trees at /24 (in-addr.arpa) and /48 (ip6.arpa).
  static ZonePolicy ByPublicSuffix(PublicSuffixList list);
  // The last `labels` labels, ≥ 1.
  static ZonePolicy ByLabels(int labels);
  // All of the above.
  static ZonePolicy ByEvidence(PublicSuffixList list);

  // Zones that go before all else.
  void Configure(ZoneList zones);

  // To be called before messages are: no zone but a configured one is longer than public suffix or
  // labels say, not even where a message names it itself.
  void HideNames() { hides_names_ = true; }

  bool learns() const { return learns_ && !hides_names_; }

  ZoneDecision Decide(const Observation& message, const CutsInForce& learned) const;

 private:
  ZonePolicy() = default;
  ZoneDecision WithEvidence(const Observation& message, const LastLabels& name,
                            const CutsInForce& learned) const;
  ZoneDecision Fallback(const LastLabels& name, int suffix) const;
  int FloorOf(const LastLabels& name, int suffix) const;
  bool IsConfigured(const LastLabels& name, ZoneDecision& decision) const;

  std::shared_ptr<const PublicSuffixList> list_;  // null: by labels
  std::shared_ptr<const ZoneList> configured_;    // null: none
  int labels_ = 0;
  bool learns_ = false;
  bool hides_names_ = false;
};

}  // namespace rcodescope
