#include "parse/dns_name.h"

#include "capture/bytes.h"
#include "parse/protocol.h"

namespace rcodescope {
namespace {

// The two upper bits of a label's first octet, RFC 1035 §4.1.4. 01 and 10 stand for nothing.
constexpr uint8_t kLabelKind = 0xc0;
constexpr uint8_t kPointer = 0xc0;
constexpr uint16_t kPointerTarget = 0x3fff;

// Length octets are ≤ 63 and so never look like a capital letter.
void ToLowerCase(uint8_t* name, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    const auto from_a = static_cast<uint8_t>(name[i] - 'A');
    name[i] = static_cast<uint8_t>(name[i] | (from_a < 26 ? 0x20 : 0));
  }
}

}  // namespace

size_t SkipName(std::span<const std::byte> message, size_t at) {
  while (at < message.size()) {
    const uint8_t octet = Byte(&message[at]);
    if (octet == 0) return at + 1;
    if ((octet & kLabelKind) == kPointer) {
      return at + 2 <= message.size() ? at + 2 : kNameBeyondEnd;
    }
    if ((octet & kLabelKind) != 0) return kNameInvalid;
    at += size_t{1} + octet;
  }
  return kNameBeyondEnd;
}

NameRef ReadName(std::span<const std::byte> message, size_t at, uint8_t* out) {
  size_t size = 0;
  uint8_t labels = 0;
  size_t run = at;  // where the labels begin that were read since the last pointer
  while (at < message.size()) {
    const uint8_t octet = Byte(&message[at]);
    if (octet == 0) {
      out[size++] = 0;
      ToLowerCase(out, size);
      return {out, static_cast<uint8_t>(size), labels};
    }
    if ((octet & kLabelKind) == kPointer) {
      if (at + 2 > message.size()) break;
      const size_t target = Be16(&message[at]) & kPointerTarget;
      if (target >= run || target < kDnsHeaderSize) break;
      at = run = target;
      continue;
    }
    const size_t step = size_t{1} + octet;
    if ((octet & kLabelKind) != 0 || message.size() - at < step) break;
    if (size + step >= kLongestName) break;  // the root's octet must fit as well
    std::memcpy(out + size, &message[at], step);
    size += step;
    at += step;
    ++labels;
  }
  return {};
}

std::string PresentationForm(NameRef name) {
  if (name.empty()) return {};
  std::string text;
  size_t at = 0;
  while (at < name.size && name.data[at] != 0) {
    const size_t end = at + 1 + name.data[at];
    for (size_t i = at + 1; i < end; ++i) {
      const uint8_t octet = name.data[i];
      if (octet == '.' || octet == '\\') {
        text += {'\\', static_cast<char>(octet)};
      } else if (octet < 0x21 || octet > 0x7e || octet == '"') {
        text += {'\\', static_cast<char>('0' + octet / 100),
                 static_cast<char>('0' + octet / 10 % 10), static_cast<char>('0' + octet % 10)};
      } else {
        text += static_cast<char>(octet);
      }
    }
    text += '.';
    at = end;
  }
  return text.empty() ? "." : text;
}

}  // namespace rcodescope
