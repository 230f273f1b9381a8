// Which zone a response is counted under.
#pragma once

#include <memory>

#include "aggregate/public_suffix.h"
#include "parse/observation.h"

namespace rcodescope {

// Immutable; safe to read from any thread.
class ZonePolicy {
 public:
  // The public suffix and one label more; reverse trees at /24 (in-addr.arpa) and /48 (ip6.arpa).
  static ZonePolicy ByPublicSuffix(PublicSuffixList list);
  // The last `labels` labels, ≥ 1.
  static ZonePolicy ByLabels(int labels);

  // A suffix of the question's name, borrowed from it; empty without a question. UPDATE, NOTIFY,
  // AXFR and IXFR name their zone themselves (RFC 2136 §2.3, RFC 1996 §3.7, RFC 5936 §2.1). A name
  // of one label that is no top-level domain belongs to the root, which is who answers for it.
  NameRef ZoneOf(const Observation& message) const;

 private:
  ZonePolicy() = default;
  NameRef ByList(const LastLabels& labels) const;

  std::shared_ptr<const PublicSuffixList> list_;  // null: by labels
  int labels_ = 0;
};

}  // namespace rcodescope
