#include "parse/cname_chain.h"

#include <array>

namespace rcodescope {

void CnameChain::Follow(size_t owner, size_t rdata, size_t rdata_end) {
  if (lost_ || !IsSame(owner, last_)) return;
  if (SkipName(message_.first(rdata_end), rdata) != rdata_end) return;
  last_ = rdata;
}

bool CnameChain::IsSame(size_t one, size_t two) {
  const size_t label = FirstLabel(message_, one);
  if (label != 0 && label == FirstLabel(message_, two)) return true;
  if (comparisons_left_ == 0) {
    lost_ = true;
    return false;
  }
  --comparisons_left_;
  std::array<uint8_t, kNameRoom> buffers[2];
  const NameRef a = ReadName(message_, one, buffers[0].data());
  return !a.empty() && a == ReadName(message_, two, buffers[1].data());
}

}  // namespace rcodescope
