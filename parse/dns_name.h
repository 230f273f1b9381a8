// Domain names on the wire: passing over them, reading them, showing them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

namespace rcodescope {

inline constexpr size_t kLongestName = 255;  // wire octets with the root's, RFC 1035 §3.1
inline constexpr size_t kNameRoom = 272;     // to read one into: it is written in blocks of 16

// A name in wire form, uncompressed, ASCII lower case (RFC 4343 §3), the root's zero octet
// included. Borrowed. Empty (size 0) means that there is no name; the root has size 1.
struct NameRef {
  const uint8_t* data = nullptr;
  uint8_t size = 0;
  uint8_t labels = 0;  // without the root's

  bool empty() const { return size == 0; }
  friend bool operator==(const NameRef& a, const NameRef& b) {
    return a.size == b.size && (a.size == 0 || std::memcmp(a.data, b.data, a.size) == 0);
  }
};

// What SkipName answers in place of an offset; no name of a message ends as early.
inline constexpr size_t kNameBeyondEnd = 0;  // the message ends inside the name
inline constexpr size_t kNameInvalid = 1;    // a label of a kind that does not exist

// The offset behind the name that begins at `at`. Follows no pointer: a name ends at its first
// one (RFC 1035 §4.1.4). Label kinds 01 and 10 are invalid (RFC 6891 §5).
size_t SkipLabels(std::span<const std::byte> message, size_t at);
inline size_t SkipName(std::span<const std::byte> message, size_t at) {
  // Nearly all owners are one pointer, or the root.
  if (message.size() - at >= 2) {
    const auto octet = std::to_integer<uint8_t>(message[at]);
    if (octet >= 0xc0) return at + 2;
    if (octet == 0) return at + 1;
  }
  return SkipLabels(message, at);
}

// Reads the name at `at` into `out` (kNameRoom bytes), following pointers, each of which must
// point to before the name that holds it (RFC 1035 §4.1.4), so that no loop can be. Answers with
// an empty name when it cannot be read.
NameRef ReadName(std::span<const std::byte> message, size_t at, uint8_t* out);

// The part of `name` that begins at octet `at`; empty unless a label (or the root) begins there.
NameRef SuffixAt(NameRef name, size_t at);

// Presentation form (RFC 1035 §5.1) with a trailing dot, printable ASCII: a dot or backslash in a
// label is written \. and \\, any other byte outside 0x21–0x7e, and the quotation mark, as \DDD.
std::string PresentationForm(NameRef name);

}  // namespace rcodescope
