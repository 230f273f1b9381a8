#include "parse/rcode.h"

namespace rcodescope {

std::string RcodeName(Rcode rcode) {
  if (const RcodeEntry* entry = FindRcode(rcode)) return std::string(entry->mnemonic);
  if (rcode.code == kOtherCode) return "other";
  return "RCODE" + std::to_string(rcode.code);
}

}  // namespace rcodescope
