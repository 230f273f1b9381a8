#include "parse/transfer.h"

#include "capture/bytes.h"
#include "parse/dns_name.h"
#include "parse/protocol.h"

namespace rcodescope {
namespace {

constexpr size_t kAnswerCount = 6;  // offset, RFC 1035 §4.1.1

}  // namespace

bool BeginsTransfer(std::span<const std::byte> message, size_t records, const Observation& answer) {
  if (answer.qtype != kTypeAxfr && answer.qtype != kTypeIxfr) [[likely]]
    return false;
  const unsigned answers = Be16(&message[kAnswerCount]);
  if (answer.kind != AnswerKind::kAnswer || answers == 0) return false;
  const size_t fields = SkipName(message, records);  // they were all passed over, or kind says less
  return Be16(&message[fields]) == kTypeSoa && (answer.qtype == kTypeAxfr || answers != 1);
}

}  // namespace rcodescope
