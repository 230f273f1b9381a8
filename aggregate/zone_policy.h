// Which zone a response is counted under.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
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

  // What Decide says of most responses, in few steps: the public suffix and one label, where the
  // list knows the suffix and nothing speaks for another zone. Empty: ask Decide. Otherwise there
  // is nothing to teach, and nothing was refused.
  NameRef PlainZone(const Observation& message, const CutsInForce& learned) const {
    const bool any_learned = learned.cuts != nullptr && !learned.cuts->empty();
    if (!learns() || configured_ != nullptr || any_learned || TellsByType(message)) return {};
    const bool may_be_about_target = message.kind != AnswerKind::kAnswer;
    if (!message.final_name.empty() && may_be_about_target) return {};
    const LastLabels name(message.qname, message.qname_labels);
    const PublicSuffixList::Suffix suffix = list_->SuffixOf(name);
    const int labels = suffix.labels + 1;
    if (!suffix.listed || name.labels() < labels || IsBelowArpa(name.name())) return {};
    const NameRef zone = name.Suffix(labels);
    // An owner that is that zone says the same, or nothing; but not of itself that it is denied.
    const bool denied_itself = message.kind == AnswerKind::kError && name.labels() == labels;
    const bool agrees = message.authority_owner.data == zone.data &&
                        message.kind != AnswerKind::kReferral && !denied_itself;
    return message.authority_owner.empty() || agrees ? zone : NameRef{};
  }

 private:
  ZonePolicy() = default;
  // UPDATE and NOTIFY name their zone, as do AXFR and IXFR; SOA and DS ask for a cut.
  static bool TellsByType(const Observation& message) {
    const uint16_t type = message.qtype;
    return message.opcode != Opcode::kQuery || type == kTypeSoa || type == kTypeDs ||
           type == kTypeAxfr || type == kTypeIxfr;
  }
  static bool IsBelowArpa(NameRef name) {
    constexpr std::string_view kArpa("\4arpa\0", 6);
    return name.size >= kArpa.size() &&
           std::memcmp(name.data + name.size - kArpa.size(), kArpa.data(), kArpa.size()) == 0;
  }
  ZoneDecision WithEvidence(const Observation& message, const LastLabels& name,
                            PublicSuffixList::Suffix suffix, const CutsInForce& learned) const;
  static int ReverseLabels(const LastLabels& name);
  // Each fills in zone and rule; Is… only where it answers true.
  static void Fallback(const LastLabels& name, PublicSuffixList::Suffix suffix,
                       ZoneDecision& decision);
  static bool IsLearned(const Observation& message, const LastLabels& name,
                        PublicSuffixList::Suffix suffix, const CutsInForce& learned,
                        ZoneDecision& decision);
  bool IsConfigured(const LastLabels& name, ZoneDecision& decision) const;

  std::shared_ptr<const PublicSuffixList> list_;  // null: by labels
  std::shared_ptr<const ZoneList> configured_;    // null: none
  int labels_ = 0;
  bool learns_ = false;
  bool hides_names_ = false;
};

}  // namespace rcodescope
