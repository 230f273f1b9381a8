#include "aggregate/zone_policy.h"

#include <cstring>
#include <string_view>
#include <utility>

namespace rcodescope {
namespace {

// Two labels and the root, RFC 1035 §3.5 and RFC 3596 §2.5.
constexpr std::string_view kArpa("\4arpa\0", 6);
constexpr std::string_view kInAddrArpa("\7in-addr\4arpa\0", 14);
constexpr std::string_view kIp6Arpa("\3ip6\4arpa\0", 10);
constexpr int kInAddrLabels = 2 + 3;  // /24
constexpr int kIp6Labels = 2 + 12;    // /48

bool EndsIn(NameRef name, std::string_view suffix) {
  return name.size >= suffix.size() &&
         std::memcmp(name.data + name.size - suffix.size(), suffix.data(), suffix.size()) == 0;
}

bool Is(NameRef name, std::string_view other) {
  return name.size == other.size() && EndsIn(name, other);
}

// The labels at which a reverse name is cut; 0 for others.
int ReverseLabels(const LastLabels& name) {
  if (!EndsIn(name.name(), kArpa)) [[likely]]
    return 0;
  const NameRef tree = name.Suffix(2);  // a label may end in bytes that look like labels
  if (Is(tree, kInAddrArpa)) return kInAddrLabels;
  return Is(tree, kIp6Arpa) ? kIp6Labels : 0;
}

bool NamesItsZone(const Observation& message) {
  return message.opcode == Opcode::kUpdate || message.opcode == Opcode::kNotify ||
         message.qtype == kTypeAxfr || message.qtype == kTypeIxfr;
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

// The name that is left when labels are taken off in front until there are `labels`.
LastLabels Cut(const LastLabels& name, int labels) {
  return labels < name.labels() ? LastLabels(name.Suffix(labels)) : name;
}

}  // namespace

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
  if (learns_ && !named && !hides_names_) return WithEvidence(message, name, learned);
  ZoneDecision decision;
  if (IsConfigured(name, decision)) return decision;
  if (named) return {.zone = name.name(), .rule = ZoneRule::kNamed};
  if (list_ == nullptr) return {.zone = name.Suffix(labels_), .rule = ZoneRule::kLabels};
  return Fallback(name, list_->SuffixLabels(name));
}

ZoneDecision ZonePolicy::WithEvidence(const Observation& message, const LastLabels& name,
                                      const CutsInForce& learned) const {
  using Says = ZoneEvidence::Says;
  ZoneDecision decision;
  LastLabels within = name;
  int suffix = list_->SuffixLabels(name);
  const bool may_tell = !message.authority_owner.empty() || message.qtype == kTypeSoa;
  const bool above = message.qtype == kTypeDs && name.labels() != 0;
  if (may_tell || above) {
    const int floor = FloorOf(name, suffix);
    const ZoneEvidence evidence = ReadEvidence(message, name, floor);
    const int labels = evidence.owner.labels;
    decision.refusal = evidence.refusal;
    if (above) within = Cut(name, name.labels() - 1);
    if (evidence.says == Says::kReferral) within = Cut(name, labels - 1);
    if (evidence.says == Says::kZone) {
      within = Cut(name, labels);
      decision.zone = within.name();
      decision.rule = ZoneRule::kEvidence;
      decision.cut = within.name();
      // What everyone falls back to need not be kept, where nothing shorter can be known.
      const bool plain = floor != 0 && labels == floor + 1 && ReverseLabels(name) == 0;
      decision.teaches = evidence.counts_for_others && !plain;
    }
    const bool whole = evidence.says == Says::kZone && !above;
    if (IsConfigured(whole ? name : within, decision)) return decision;
    if (evidence.says == Says::kZone) return decision;
    suffix = list_->SuffixLabels(within);
    if (evidence.says == Says::kReferral) decision.rule = ZoneRule::kReferral;
  } else if (IsConfigured(name, decision)) {
    return decision;
  }
  if (learned.cuts != nullptr && !learned.cuts->empty()) {
    const uint64_t server = ZoneCuts::ServerHash(message.server, learned.cuts->secret());
    const int labels =
        learned.cuts->LongestOf(server, within, FloorOf(within, suffix) + 1, learned.window);
    if (labels != ZoneCuts::kNone) {
      decision.zone = within.Suffix(labels);
      if (decision.rule != ZoneRule::kReferral) decision.rule = ZoneRule::kLearned;
      return decision;
    }
  }
  const ZoneDecision fallback = Fallback(within, suffix);
  decision.zone = fallback.zone;
  if (decision.rule == ZoneRule::kReferral) {
    // Whoever refers to a name below one label that is in no list does so with authority.
    if (fallback.rule == ZoneRule::kRoot) decision.zone = within.name();
  } else {
    decision.rule = fallback.rule;
  }
  return decision;
}

ZoneDecision ZonePolicy::Fallback(const LastLabels& name, int suffix) const {
  if (const int reverse = ReverseLabels(name); reverse != 0) [[unlikely]] {
    return {.zone = name.Suffix(reverse), .rule = ZoneRule::kReverse};
  }
  if (name.labels() <= 1 && !list_->KnowsTopLabel(name)) {
    return {.zone = name.Suffix(0), .rule = ZoneRule::kRoot};
  }
  return {.zone = name.Suffix(suffix + 1), .rule = ZoneRule::kPublicSuffix};
}

// The labels that a zone at most has which tells nothing of others. See ReadEvidence.
int ZonePolicy::FloorOf(const LastLabels& name, int suffix) const {
  return suffix > 1 || list_->KnowsTopLabel(name) ? suffix : 0;
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
