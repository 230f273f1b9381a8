#include "aggregate/message_filter.h"

#include <algorithm>

namespace rcodescope {
namespace {

template <typename List, typename Predicate>
bool EmptyOrAny(const List& list, Predicate predicate) {
  return list.empty() || std::any_of(list.begin(), list.end(), predicate);
}

bool LiesIn(NameRef name, const std::vector<uint8_t>& zone) {
  if (name.size < zone.size()) return false;
  const NameRef suffix = SuffixAt(name, name.size - zone.size());
  return suffix == NameRef{.data = zone.data(), .size = static_cast<uint8_t>(zone.size())};
}

}  // namespace

bool AddressPrefix::Contains(const IpAddress& address) const {
  return address.family() == family && address.Prefix(bits, bits) == network;
}

bool CodeChoice::Matches(const Observation& response) const {
  switch (kind) {
    case Kind::kErrors: return response.rcode.code != kRcodeNoError;
    case Kind::kExtendedError: {
      const auto* const end = response.ede.codes.begin() + response.ede.size;
      return std::find(response.ede.codes.begin(), end, code) != end;
    }
    case Kind::kCode: break;
  }
  if (response.rcode.code != code) return false;
  return code != kBadVersOrBadSig || signature == (response.rcode.space != RcodeSpace::kDns);
}

bool MessageFilter::Matches(const Observation& message) const {
  if (message.time < from || message.time >= to) return false;
  if (!message.is_response && !(codes.empty() && zones.empty())) return false;
  return EmptyOrAny(codes, [&](const CodeChoice& code) { return code.Matches(message); }) &&
         EmptyOrAny(opcodes, [&](Opcode opcode) { return opcode == message.opcode; }) &&
         EmptyOrAny(clients, [&](const auto& prefix) { return prefix.Contains(message.client); }) &&
         EmptyOrAny(servers, [&](const auto& prefix) { return prefix.Contains(message.server); }) &&
         EmptyOrAny(zones, [&](const auto& zone) { return LiesIn(message.qname, zone); });
}

}  // namespace rcodescope
