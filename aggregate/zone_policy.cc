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

bool NamesItsZone(const Observation& message) {
  return message.opcode == Opcode::kUpdate || message.opcode == Opcode::kNotify ||
         message.qtype == kTypeAxfr || message.qtype == kTypeIxfr;
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

NameRef ZonePolicy::ZoneOf(const Observation& message) const {
  const NameRef name = message.qname;
  if (name.empty() || NamesItsZone(message)) return name;
  const LastLabels labels(name, message.qname_labels);
  return list_ != nullptr ? ByList(labels) : labels.Suffix(labels_);
}

NameRef ZonePolicy::ByList(const LastLabels& labels) const {
  const NameRef& name = labels.name();
  if (EndsIn(name, kArpa)) [[unlikely]] {
    const NameRef tree = labels.Suffix(2);  // a label may end in bytes that look like labels
    if (Is(tree, kInAddrArpa)) return labels.Suffix(kInAddrLabels);
    if (Is(tree, kIp6Arpa)) return labels.Suffix(kIp6Labels);
  }
  if (name.labels == 1 && !list_->KnowsTopLabel(labels)) return labels.Suffix(0);
  return labels.Suffix(list_->SuffixLabels(labels) + 1);
}

}  // namespace rcodescope
