#include "aggregate/totals.h"

namespace rcodescope {
namespace {

// Distinct combinations beyond the common ones in one window of one worker; when they come to an
// end, the window is handed over early. Of responses there is room for all codes of 12 bits.
constexpr size_t kRareResponses = 5'000;
constexpr size_t kRareOthers = 1'300;

}  // namespace

Totals::Totals(uint64_t secret)
    : responses_(kRareResponses, secret),
      queries_(kRareOthers, secret),
      ede_(kRareOthers, secret) {}

size_t Totals::TableBytes() {
  return CountTable::BytesFor(kRareResponses) + 2 * CountTable::BytesFor(kRareOthers);
}

void Totals::RecordResponse(const Observation& message) {
  const size_t path = PathOf(message);
  ++response_total_;
  ++header_rcodes_[message.header_rcode()];
  ++answer_kinds_[static_cast<size_t>(message.kind)];
  const bool full = message.certainty == Certainty::kFull;
  if (!full) ++low4_reasons_[static_cast<size_t>(message.low4_reason)];
  if (message.begins_transfer) [[unlikely]]
    ++transfers_[message.qtype == kTypeAxfr ? 0 : 1];
  const Rcode rcode = message.rcode;
  if (!message.final_name.empty() && rcode == Rcode{RcodeSpace::kDns, kRcodeNxDomain}) [[unlikely]]
    ++nxdomain_via_cname_;
  if (full && message.opcode == Opcode::kQuery && rcode.packed() < kCommonCodes) [[likely]] {
    ++common_responses_[rcode.code][path];
  } else {
    responses_.Add(uint64_t{rcode.packed()} << 7 | uint64_t{full ? 0U : 1U} << 6 |
                       uint64_t{static_cast<uint8_t>(message.opcode)} << 2 | path,
                   1);
  }
  for (size_t i = 0; i < message.ede.size; ++i) {
    ede_.Add(uint64_t{message.ede.codes[i]} << 18 | rcode.packed(), 1);
  }
}

void Totals::RecordQuery(const Observation& message) {
  const size_t path = PathOf(message);
  ++query_total_;
  if (message.opcode == Opcode::kQuery && message.qtype < kCommonTypes) [[likely]] {
    ++common_queries_[message.qtype][path];
  } else {
    queries_.Add(
        uint64_t{message.qtype} << 6 | uint64_t{static_cast<uint8_t>(message.opcode)} << 2 | path,
        1);
  }
}

void Totals::Clear() {
  query_total_ = response_total_ = 0;
  header_rcodes_ = {};
  answer_kinds_ = {};
  low4_reasons_ = {};
  transfers_ = {};
  nxdomain_via_cname_ = 0;
  common_responses_ = {};
  common_queries_ = {};
  responses_.Clear();
  queries_.Clear();
  ede_.Clear();
}

}  // namespace rcodescope
