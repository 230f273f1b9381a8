#include "parse/rcode_texts.h"

#include <algorithm>

#include "parse/rcode_texts_tables.h"

namespace rcodescope {
namespace {

constexpr uint16_t kFirstOfUpdate = 6;
constexpr uint16_t kFirstExtended = 17;

constexpr std::array kRanges = {
    RcodeRange{12, 15, "Unassigned",
               "Would fit into the header alone. Some tools print them as RESERVED.",
               "RFC 6895 §2.3"},
    RcodeRange{24, 3840, "Unassigned",
               "Would fit into header and OPT record together. A server that sends one is "
               "experimenting or broken, or the message is no DNS.",
               "RFC 6895 §2.3"},
    RcodeRange{3841, 4095, "Reserved for Private Use",
               "Means what those who use it have agreed on among themselves.", "RFC 6895 §2.3"},
    RcodeRange{4096, 65'534, "Unassigned",
               "Too large for header and OPT record; only the Error fields of TSIG and TKEY "
               "records could hold it.",
               "RFC 6895 §2.3, RFC 6891 §6.1.3"},
    RcodeRange{65'535, 65'535, "Reserved", "Can be given a meaning by a Standards Action only.",
               "RFC 6895 §2.3"},
};

}  // namespace

std::span<const Statement> StatementsOf(Rcode rcode) {
  if (!IsAssigned(rcode)) return {};
  if (rcode.code < kFirstOfUpdate) return texts::OfQuery(rcode.code);
  if (rcode.code < kBadVersOrBadSig) return texts::OfUpdate(rcode.code - kFirstOfUpdate);
  if (rcode.code == kBadVersOrBadSig) return texts::OfSixteen(rcode.space);
  return texts::OfExtended(rcode.code - kFirstExtended);
}

std::string_view MeaningOf(Rcode rcode) {
  const std::span<const Statement> statements = StatementsOf(rcode);
  return statements.empty() ? std::string_view{} : statements.front().text;
}

std::span<const RcodeRange> RcodeRanges() { return kRanges; }

const RcodeRange* FindRange(uint16_t code) {
  const auto* const found = std::find_if(
      kRanges.begin(), kRanges.end(),
      [&](const RcodeRange& range) { return range.first <= code && code <= range.last; });
  return found == kRanges.end() ? nullptr : found;
}

}  // namespace rcodescope
