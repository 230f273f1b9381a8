#include "tests/fuzz/message_parts.h"

#include <cstdint>
#include <optional>

namespace rcodescope {
namespace {

class Front {
 public:
  explicit Front(std::span<const std::byte> bytes) : bytes_(bytes) {}

  bool Has(size_t count) const { return bytes_.size() >= count; }
  size_t size() const { return bytes_.size(); }

  Bytes Take(size_t count) {
    const auto taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return {taken.begin(), taken.end()};
  }
  uint16_t Word() {
    const Bytes two = Take(2);
    return static_cast<uint16_t>(std::to_integer<unsigned>(two[0]) << 8 |
                                 std::to_integer<unsigned>(two[1]));
  }
  uint32_t DoubleWord() {
    const uint32_t high = Word();
    return high << 16 | Word();
  }

  // Octets of the name in front, up to its end or its first pointer.
  std::optional<size_t> NameSize() const {
    for (size_t at = 0; at < bytes_.size();) {
      const auto octet = std::to_integer<size_t>(bytes_[at]);
      if (octet == 0) return at + 1;
      if (octet >= 0xc0) return at + 2;
      at += 1 + octet;
    }
    return {};
  }

 private:
  std::span<const std::byte> bytes_;
};

std::optional<DnsQuestion> TakeQuestion(Front& front) {
  const auto name = front.NameSize();
  if (!name || !front.Has(*name + 4)) return {};
  DnsQuestion question{.name = front.Take(*name)};
  question.type = front.Word();
  question.qclass = front.Word();
  return question;
}

std::optional<DnsRecord> TakeRecord(Front& front) {
  const auto owner = front.NameSize();
  if (!owner || !front.Has(*owner + 10)) return {};
  DnsRecord record{.owner = front.Take(*owner)};
  record.type = front.Word();
  record.rclass = front.Word();
  record.ttl = front.DoubleWord();
  const size_t length = front.Word();
  if (!front.Has(length)) record.rdlength = static_cast<uint16_t>(length);
  record.rdata = front.Take(std::min(length, front.size()));
  return record;
}

// Takes up to `count` parts; answers with the count that was claimed if there are fewer.
template <typename Part>
std::optional<uint16_t> TakeParts(Front& front, unsigned count, std::vector<Part>& parts,
                                  std::optional<Part> (*take)(Front&)) {
  while (parts.size() < count) {
    auto part = take(front);
    if (!part) return static_cast<uint16_t>(count);
    parts.push_back(*std::move(part));
  }
  return {};
}

}  // namespace

DnsMessage TakeApart(std::span<const std::byte> bytes) {
  DnsMessage message;
  message.questions.clear();
  Front front(bytes);
  if (!front.Has(12)) return message;
  message.id = front.Word();
  const unsigned flags = front.Word();
  message.response = (flags & 0x8000) != 0;
  message.opcode = static_cast<uint8_t>(flags >> 11 & 15);
  message.aa = (flags & 0x0400) != 0;
  message.tc = (flags & 0x0200) != 0;
  message.rcode = static_cast<uint8_t>(flags & 15);
  unsigned counts[4];
  for (unsigned& count : counts) count = front.Word();
  message.qdcount = TakeParts(front, counts[0], message.questions, TakeQuestion);
  message.ancount = TakeParts(front, counts[1], message.answers, TakeRecord);
  message.nscount = TakeParts(front, counts[2], message.authority, TakeRecord);
  message.arcount = TakeParts(front, counts[3], message.additional, TakeRecord);
  message.trailing = front.Take(front.size());
  return message;
}

}  // namespace rcodescope
