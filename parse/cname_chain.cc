#include "parse/cname_chain.h"

#include <array>

namespace rcodescope {

void CnameChain::Follow(size_t owner, size_t rdata, size_t rdata_end) {
  if (lost_ || !IsLast(owner)) return;
  if (SkipName(message_.first(rdata_end), rdata) != rdata_end) return;
  last_ = rdata;
}

bool CnameChain::IsLast(size_t owner) {
  const size_t label = FirstLabel(message_, owner);
  const bool same_place = label != 0 && label == FirstLabel(message_, last_);
  if (same_place && last_ == kDnsHeaderSize) return true;
  // A target that is no name leads nowhere, whoever points at it.
  const int reads = same_place ? 1 : 2;
  if (reads_left_ < reads) {
    lost_ = true;
    return false;
  }
  reads_left_ -= reads;
  std::array<uint8_t, kNameRoom> buffers[2];
  const NameRef last = ReadName(message_, last_, buffers[0].data());
  if (last.empty()) return false;
  return same_place || last == ReadName(message_, owner, buffers[1].data());
}

}  // namespace rcodescope
