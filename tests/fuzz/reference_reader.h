// How the reference decoder reads: every byte is asked for, and one that is not there is thrown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

namespace rcodescope::reference {

// The message itself ends before the byte.
struct BeyondMessage : std::out_of_range {
  BeyondMessage() : std::out_of_range("beyond the message") {}
};
// The message goes on, but the capture cut it off before the byte.
struct BeyondCapture : std::out_of_range {
  BeyondCapture() : std::out_of_range("beyond the capture") {}
};
// A label of a kind that does not exist, a pointer that may not be, a name of more than 255 octets.
struct BadName : std::invalid_argument {
  BadName() : std::invalid_argument("bad name") {}
};

// A position in a message of `wire` bytes, of which `captured` are there.
class Reader {
 public:
  Reader(std::span<const std::byte> captured, size_t wire, size_t at)
      : captured_(captured), wire_(wire), at_(at) {}

  size_t at() const { return at_; }

  uint8_t U8() {
    if (at_ >= wire_) throw BeyondMessage();
    if (at_ >= captured_.size()) throw BeyondCapture();
    return std::to_integer<uint8_t>(captured_[at_++]);
  }
  uint16_t U16() {
    const unsigned high = U8();
    return static_cast<uint16_t>(high << 8 | U8());
  }
  uint32_t U32() {
    const uint32_t high = U16();
    return high << 16 | U16();
  }

  // Passes bytes, which must all be there.
  void Skip(size_t count) {
    for (size_t i = 0; i < count; ++i) U8();
  }

  // Passes a name: up to its zero octet or behind its first pointer (RFC 1035 §4.1.4).
  void SkipName() {
    for (;;) {
      const uint8_t octet = U8();
      if (octet == 0) return;
      if (octet >= 0xc0) {
        U8();
        return;
      }
      if (octet >= 0x40) throw BadName();
      Skip(octet);
    }
  }

  // Reads a name through its pointers, in wire form and lower case, with the root's zero octet.
  // RFC 1035 §4.1.4: a pointer is to a prior occurrence, so to before the name that holds it, and
  // names begin behind the header. More than 16 pointers are not followed.
  std::string Name() {
    std::string name;
    size_t begin = at_;
    int pointers = 0;
    for (;;) {
      const uint8_t octet = U8();
      if (octet >= 0xc0) {
        const size_t target = (octet & 0x3fU) << 8 | U8();
        if (target < 12 || target >= begin || ++pointers > 16) throw BadName();
        begin = at_ = target;
        continue;
      }
      if (octet >= 0x40) throw BadName();
      name.push_back(static_cast<char>(octet));
      for (unsigned i = 0; i < octet; ++i) name.push_back(LowerCase(U8()));
      if (name.size() > 255) throw BadName();
      if (octet == 0) return name;
    }
  }

 private:
  static char LowerCase(uint8_t octet) {  // RFC 4343 §3: ASCII letters alone
    return static_cast<char>(octet >= 'A' && octet <= 'Z' ? octet + ('a' - 'A') : octet);
  }

  std::span<const std::byte> captured_;
  size_t wire_;
  size_t at_;
};

}  // namespace rcodescope::reference
