#include "parse/tcp_beginning.h"

#include <cstdint>

#include "capture/bytes.h"
#include "parse/protocol.h"
#include "parse/tcp_segment.h"

namespace rcodescope {
namespace {

constexpr uint16_t kFlagZ = 0x0040;     // RFC 1035 §4.1.1, RFC 2535 §6.1
constexpr uint16_t kHighestRcode = 11;  // DSOTYPENI, RFC 8490 §10.2
constexpr size_t kLeastQuestion = 5;    // the root, type, class
constexpr size_t kLeastRecord = 11;     // the root, type, class, TTL, length

constexpr size_t kFlagsAt = kTcpLengthPrefix + 2;
constexpr size_t kCountsAt = kTcpLengthPrefix + 4;
constexpr size_t kHeaderEnd = kTcpLengthPrefix + kDnsHeaderSize;

Opcode OpcodeOf(uint16_t flags) { return static_cast<Opcode>(flags >> 11 & 0xf); }

bool AreLikelyFlags(uint16_t flags) {
  const unsigned rcode = flags & 0xf;
  const unsigned highest = (flags & kFlagQr) != 0 ? kHighestRcode : 0;
  return IsAssigned(OpcodeOf(flags)) && (flags & kFlagZ) == 0 && rcode <= highest;
}

struct Counts {
  size_t questions;
  size_t records;

  explicit Counts(const std::byte* counts)
      : questions(Be16(counts)),
        records(size_t{Be16(counts + 2)} + Be16(counts + 4) + Be16(counts + 6)) {}

  size_t LeastLength() const {
    return kDnsHeaderSize + questions * kLeastQuestion + records * kLeastRecord;
  }
};

bool AreLikelyCounts(const std::byte* at, uint16_t flags, size_t length) {
  const Counts counts(at);
  const bool needs_question = (flags & kFlagQr) == 0 && OpcodeOf(flags) != Opcode::kDso;
  return counts.questions <= 1 && (counts.questions == 1 || !needs_question) &&
         counts.LeastLength() <= length;
}

// Only DSO has data that is no question and no record: RFC 8490 §5.4.
bool CountsItsBytes(const std::byte* header, size_t length) {
  const size_t least = Counts(header + 4).LeastLength();
  const bool counts_nothing = least == kDnsHeaderSize && length > kDnsHeaderSize;
  return least <= length && (!counts_nothing || OpcodeOf(Be16(header + 2)) == Opcode::kDso);
}

}  // namespace

bool CouldBeginMessage(std::span<const std::byte> bytes) {
  if (bytes.size() < kTcpLengthPrefix) return false;
  const size_t length = Be16(bytes.data());
  if (length < kDnsHeaderSize) return false;
  if (bytes.size() < kCountsAt) return true;
  const uint16_t flags = Be16(bytes.data() + kFlagsAt);
  if (!AreLikelyFlags(flags)) return false;
  return bytes.size() < kHeaderEnd || AreLikelyCounts(bytes.data() + kCountsAt, flags, length);
}

bool LikelyBeginsMessage(std::span<const std::byte> bytes) {
  return bytes.size() >= kHeaderEnd && CouldBeginMessage(bytes);
}

bool HoldsWholeMessages(Cursor segment) {
  for (;;) {
    const std::byte* const prefix = segment.Take(kTcpLengthPrefix);
    if (prefix == nullptr) return false;
    const size_t length = Be16(prefix);
    if (length < kDnsHeaderSize || segment.captured().size() < kDnsHeaderSize) return false;
    if (!CountsItsBytes(segment.captured().data(), length)) return false;
    if (length == segment.wire()) return true;
    if (segment.Take(length) == nullptr) return false;
  }
}

}  // namespace rcodescope
