#include "aggregate/zone_policy.h"

#include <cstring>
#include <string_view>
#include <utility>

namespace rcodescope {
namespace {

// Two labels and the root, RFC 1035 §3.5 and RFC 3596 §2.5.
constexpr std::string_view kInAddrArpa("\7in-addr\4arpa\0", 14);
constexpr std::string_view kIp6Arpa("\3ip6\4arpa\0", 10);
constexpr int kInAddrLabels = 2 + 3;  // /24
constexpr int kIp6Labels = 2 + 12;    // /48

bool Is(NameRef name, std::string_view other) {
  return name.size == other.size() && std::memcmp(name.data, other.data(), other.size()) == 0;
}

bool NamesItsZone(const Observation& message) {
  return message.opcode == Opcode::kUpdate || message.opcode == Opcode::kNotify ||
         message.qtype == kTypeAxfr || message.qtype == kTypeIxfr;
}

// Whether the question is answered from above the name, RFC 4035 §3.1.4.1.
bool AsksAbove(const Observation& message, const LastLabels& name) {
  return message.qtype == kTypeDs && name.labels() != 0;
}

// Whether the response may say something of its zone.
bool MayTell(const Observation& message, const LastLabels& name) {
  return !message.authority_owner.empty() || message.qtype == kTypeSoa || AsksAbove(message, name);
}

// Whether the code is that of the last name of a chain.
bool IsAboutTarget(AnswerKind kind) {
  return kind == AnswerKind::kError || kind == AnswerKind::kNodata || kind == AnswerKind::kReferral;
}

LastLabels NameOf(const Observation& message) {
  if (!message.final_name.empty() && IsAboutTarget(message.kind)) [[unlikely]] {
    return LastLabels(message.final_name);
  }
  return {message.qname, message.qname_labels};
}

// The labels that a zone at most has which tells nothing of others. See ReadEvidence.
int FloorOf(PublicSuffixList::Suffix suffix) {
  return suffix.labels > 1 || suffix.listed ? suffix.labels : 0;
}

}  // namespace

// The labels at which a reverse name is cut; 0 for others.
int ZonePolicy::ReverseLabels(const LastLabels& name) {
  if (!IsBelowArpa(name.name())) [[likely]]
    return 0;
  const NameRef tree = name.Suffix(2);  // a label may end in bytes that look like labels
  if (Is(tree, kInAddrArpa)) return kInAddrLabels;
  return Is(tree, kIp6Arpa) ? kIp6Labels : 0;
}

ZonePolicy ZonePolicy::ByPublicSuffix(PublicSuffixList list) {
  ZonePolicy policy;
  policy.list_ = std::make_shared<const PublicSuffixList>(std::move(list));
  return policy;
}

ZonePolicy ZonePolicy::ByLabels(int labels) {
  ZonePolicy policy;
  policy.labels_ = labels;
  return policy;
}

ZonePolicy ZonePolicy::ByEvidence(PublicSuffixList list) {
  ZonePolicy policy = ByPublicSuffix(std::move(list));
  policy.learns_ = true;
  return policy;
}

void ZonePolicy::Configure(ZoneList zones) {
  configured_ = std::make_shared<const ZoneList>(std::move(zones));
}

ZoneDecision ZonePolicy::Decide(const Observation& message, const CutsInForce& learned) const {
  if (message.qname.empty()) return {};
  const LastLabels name = NameOf(message);
  const bool named = NamesItsZone(message) && !hides_names_;
  ZoneDecision decision;
  if (learns() && !named) {
    const PublicSuffixList::Suffix suffix = list_->SuffixOf(name);
    if (MayTell(message, name)) return WithEvidence(message, name, suffix, learned);
    if (!IsConfigured(name, decision) && !IsLearned(message, name, suffix, learned, decision)) {
      Fallback(name, suffix, decision);
    }
    return decision;
  }
  if (IsConfigured(name, decision)) return decision;
  if (named) return {.zone = name.name(), .rule = ZoneRule::kNamed};
  if (list_ == nullptr) return {.zone = name.Suffix(labels_), .rule = ZoneRule::kLabels};
  Fallback(name, list_->SuffixOf(name), decision);
  return decision;
}

ZoneDecision ZonePolicy::WithEvidence(const Observation& message, const LastLabels& name,
                                      PublicSuffixList::Suffix suffix,
                                      const CutsInForce& learned) const {
  using Says = ZoneEvidence::Says;
  const int floor = FloorOf(suffix);
  const ZoneEvidence evidence = ReadEvidence(message, name, floor);
  const int labels = evidence.owner.labels;
  const bool above = AsksAbove(message, name);
  ZoneDecision decision;
  decision.refusal = evidence.refusal;
  if (evidence.says == Says::kZone) {
    const LastLabels zone = name.Cut(labels);
    decision.zone = decision.cut = zone.name();
    decision.rule = ZoneRule::kEvidence;
    // What everyone falls back to need not be kept, where nothing shorter can be known.
    const bool plain = floor != 0 && labels == floor + 1 && ReverseLabels(name) == 0;
    decision.teaches = evidence.counts_for_others && !plain;
    IsConfigured(above ? zone : name, decision);
    return decision;
  }
  const bool referral = evidence.says == Says::kReferral;
  LastLabels within = name;
  if (above) within = name.Cut(name.labels() - 1);
  if (referral) within = name.Cut(labels - 1);
  if (IsConfigured(within, decision)) return decision;
  suffix = list_->SuffixOf(within);
  if (!IsLearned(message, within, suffix, learned, decision)) {
    Fallback(within, suffix, decision);
    // Whoever refers to a name below one label that is in no list does so with authority.
    if (referral && decision.rule == ZoneRule::kRoot) decision.zone = within.name();
  }
  if (referral) decision.rule = ZoneRule::kReferral;
  return decision;
}

void ZonePolicy::Fallback(const LastLabels& name, PublicSuffixList::Suffix suffix,
                          ZoneDecision& decision) {
  if (const int reverse = ReverseLabels(name); reverse != 0) [[unlikely]] {
    decision.zone = name.Suffix(reverse);
    decision.rule = ZoneRule::kReverse;
  } else if (name.labels() <= 1 && !suffix.listed) [[unlikely]] {
    decision.zone = name.Suffix(0);
    decision.rule = ZoneRule::kRoot;
  } else {
    decision.zone = name.Suffix(suffix.labels + 1);
    decision.rule = ZoneRule::kPublicSuffix;
  }
}

bool ZonePolicy::IsLearned(const Observation& message, const LastLabels& name,
                           PublicSuffixList::Suffix suffix, const CutsInForce& learned,
                           ZoneDecision& decision) {
  if (learned.cuts == nullptr || learned.cuts->empty()) return false;
  const uint64_t server = ZoneCuts::ServerHash(message.server, learned.cuts->secret());
  const int labels = learned.cuts->LongestOf(server, name, FloorOf(suffix) + 1, learned.window);
  if (labels == ZoneCuts::kNone) return false;
  decision.zone = name.Suffix(labels);
  decision.rule = ZoneRule::kLearned;
  return true;
}

bool ZonePolicy::IsConfigured(const LastLabels& name, ZoneDecision& decision) const {
  if (configured_ == nullptr) return false;
  const int labels = configured_->LongestOf(name);
  if (labels == ZoneCuts::kNone) return false;
  decision.zone = name.Suffix(labels);
  decision.rule = ZoneRule::kConfigured;
  return true;
}

}  // namespace rcodescope
