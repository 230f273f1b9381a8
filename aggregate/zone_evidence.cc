#include "aggregate/zone_evidence.h"

#include "aggregate/zone_cuts.h"

namespace rcodescope {
namespace {

ZoneEvidence Refused(EvidenceRefusal refusal) {
  return {.says = ZoneEvidence::Says::kRefused, .refusal = refusal};
}

bool Holds(NameRef owner, const LastLabels& name) {
  return owner.labels <= name.labels() && name.Suffix(owner.labels) == owner;
}

// `denied`: the name does not exist.
ZoneEvidence ZoneOf(NameRef owner, const LastLabels& name, int floor, bool denied) {
  if (!Holds(owner, name)) return Refused(EvidenceRefusal::kOtherBranch);
  const int labels = owner.labels;
  if (denied && labels == name.labels()) return Refused(EvidenceRefusal::kDeniedApex);
  ZoneEvidence evidence{.says = ZoneEvidence::Says::kZone, .owner = owner};
  if (labels > floor) {
    evidence.counts_for_others = labels <= ZoneCuts::kMostLabels;
    return evidence;
  }
  const bool directly_there = name.labels() <= labels + 1 || floor == 0;
  if (directly_there || (denied && labels > 0)) return evidence;
  return Refused(EvidenceRefusal::kAboveSuffix);
}

ZoneEvidence Referral(NameRef owner, const LastLabels& name) {
  if (!Holds(owner, name)) return Refused(EvidenceRefusal::kOtherBranch);
  if (owner.labels == 0) return {};  // there is nothing above the root
  return {.says = ZoneEvidence::Says::kReferral, .owner = owner};
}

}  // namespace

ZoneEvidence ReadEvidence(const Observation& response, const LastLabels& name, int floor) {
  const NameRef owner = response.authority_owner;
  const bool soa = response.authority_soa;
  switch (response.kind) {
    case AnswerKind::kNodata: return soa ? ZoneOf(owner, name, floor, false) : ZoneEvidence{};
    case AnswerKind::kError:
      if (!soa || response.rcode != Rcode{RcodeSpace::kDns, kRcodeNxDomain}) return {};
      return ZoneOf(owner, name, floor, true);
    case AnswerKind::kReferral: return Referral(owner, name);
    case AnswerKind::kAnswer:
      // What stands beside a chain of names is about its end, and the name is its beginning.
      if (!response.final_name.empty()) return {};
      if (response.qtype == kTypeSoa) return ZoneOf(name.name(), name, floor, false);
      if (owner.empty() || soa || (response.flags & kFlagAa) == 0) return {};
      return ZoneOf(owner, name, floor, false);
    default: return {};
  }
}

EvidenceSet::EvidenceSet() : slots_(kSlots) { cuts_.reserve(kMost); }

void EvidenceSet::Add(const IpAddress& server, NameRef zone, uint64_t secret) {
  const CutEvidence evidence{.server = ZoneCuts::ServerHash(server, secret),
                             .zone = ZoneCuts::ZoneHash(zone, secret),
                             .labels = zone.labels};
  size_t slot = SlotOf(evidence);
  for (; slots_[slot] != 0; slot = (slot + 1) % kSlots) {
    const CutEvidence& known = cuts_[slots_[slot] - size_t{1}];
    if (known.server == evidence.server && known.zone == evidence.zone) return;
  }
  if (cuts_.size() == kMost) return CountRefusal(EvidenceRefusal::kNoRoom);
  cuts_.push_back(evidence);
  slots_[slot] = static_cast<uint16_t>(cuts_.size());
}

void EvidenceSet::Clear() {
  for (const CutEvidence& cut : cuts_) {
    size_t slot = SlotOf(cut);
    // Later ones of the same run of slots are cleared by their own turn or by this one's.
    while (slots_[slot] != 0) {
      slots_[slot] = 0;
      slot = (slot + 1) % kSlots;
    }
  }
  cuts_.clear();
  refusals_ = {};
}

}  // namespace rcodescope
