#include "parse/dns_name.h"

#include <algorithm>

#include "capture/bytes.h"
#include "parse/lower_case.h"
#include "parse/protocol.h"

namespace rcodescope {
namespace {

// The two upper bits of a label's first octet, RFC 1035 §4.1.4. 01 and 10 stand for nothing.
constexpr uint8_t kPointer = 0xc0;
constexpr unsigned kLongestLabel = 63;
constexpr uint16_t kPointerTarget = 0x3fff;
constexpr int kMostPointers = 16;  // in one name; a compressed name needs no more than a few

}  // namespace

size_t SkipLabels(std::span<const std::byte> message, size_t at) {
  uint8_t octet = 0;
  for (; at < message.size(); at += size_t{1} + octet) {
    octet = Byte(&message[at]);
    if (octet - 1U >= kLongestLabel) break;  // the root, a pointer, or nothing that exists
  }
  if (at >= message.size()) return kNameBeyondEnd;
  if (octet == 0) return at + 1;
  if (octet < kPointer) return kNameInvalid;
  return at + 2 <= message.size() ? at + 2 : kNameBeyondEnd;
}

size_t FirstLabel(std::span<const std::byte> message, size_t at) {
  for (int pointers = 0; at + 1 < message.size() && Byte(&message[at]) >= kPointer; ++pointers) {
    const size_t target = Be16(&message[at]) & kPointerTarget;
    if (target >= at || pointers == kMostPointers) return 0;
    at = target;
  }
  return at;
}

NameRef ReadName(std::span<const std::byte> message, size_t at, uint8_t* out, LabelStarts& starts) {
  size_t size = 0;
  uint8_t labels = 0;
  int pointers_left = kMostPointers;
  for (size_t run = at;;) {  // one run of labels, up to a pointer or the root
    const size_t limit = std::min(message.size(), run + kLongestName);
    uint8_t octet = 0;
    for (; at < limit; at += size_t{1} + octet, ++labels) {
      octet = Byte(&message[at]);
      if (octet - 1U >= kLongestLabel) break;  // the root, a pointer, or nothing that exists
      starts.Append(size + (at - run));
    }
    const size_t length = at - run;
    if (at >= limit || size + length >= kLongestName) return {};
    CopyInLowerCase(out + size, &message[run], length, message.size() - run);
    size += length;
    if (octet == 0) break;
    if (octet < kPointer || message.size() - at < 2 || pointers_left-- == 0) return {};
    const size_t target = Be16(&message[at]) & kPointerTarget;
    if (target >= run || target < kDnsHeaderSize) return {};
    at = run = target;
  }
  out[size++] = 0;
  return {out, static_cast<uint8_t>(size), labels};
}

NameRef SuffixAt(NameRef name, size_t at) {
  size_t start = 0;
  uint8_t labels = name.labels;
  while (start < at && labels != 0) {
    start += size_t{1} + name.data[start];
    --labels;
  }
  if (start != at) return {};
  return {name.data + at, static_cast<uint8_t>(name.size - at), labels};
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
