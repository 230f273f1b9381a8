#include "parse/ip_address.h"

#include <charconv>

#include <netinet/in.h>

namespace rcodescope {
namespace {

constexpr int kMappedBits = 96;

// The first `bits` bits, as they lie in memory; less than none are none, and more than 64 all.
uint64_t FirstBits(int bits) {
  if (bits <= 0) return 0;
  const uint64_t mask = bits >= 64 ? ~uint64_t{0} : ~(~uint64_t{0} >> bits);
  return std::endian::native == std::endian::little ? __builtin_bswap64(mask) : mask;
}

char* PutNumber(char* to, unsigned number, int base) {
  return std::to_chars(to, to + 4, number, base).ptr;
}

char* PutDotted(char* to, const uint8_t* octets) {
  for (size_t i = 0; i < 4; ++i) {
    if (i != 0) *to++ = '.';
    to = PutNumber(to, octets[i], 10);
  }
  return to;
}

struct Run {
  size_t begin = 0;
  size_t length = 0;
};

constexpr size_t kGroups = 8;
using Groups = std::array<uint16_t, kGroups>;

// The zeros that "::" stands for (RFC 5952 §4.2): the longest run of more than one, of equals the
// first.
Run ShortenedZeros(const Groups& groups) {
  Run longest{.begin = kGroups, .length = 1};
  for (size_t i = 0; i < kGroups;) {
    size_t end = i;
    while (end < kGroups && groups[end] == 0) ++end;
    if (end - i > longest.length) longest = {i, end - i};
    i = end + 1;
  }
  return longest;
}

char* PutGroups(char* to, const uint8_t* bytes) {
  Groups groups;
  for (size_t i = 0; i < kGroups; ++i) {
    groups[i] = static_cast<uint16_t>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
  }
  const Run zeros = ShortenedZeros(groups);
  const bool compatible = zeros.begin == 0 && zeros.length == 6;  // with IPv4, RFC 4291 §2.5.5.1
  for (size_t i = 0; i < kGroups;) {
    if (i == zeros.begin) {
      *to++ = ':';
      *to++ = ':';
      i += zeros.length;
      continue;
    }
    if (i != 0 && i != zeros.begin + zeros.length) *to++ = ':';
    if (compatible) return PutDotted(to, bytes + 12);
    to = PutNumber(to, groups[i++], 16);
  }
  return to;
}

}  // namespace

// As inet_ntop makes it, which takes far longer: every window names its servers and clients.
std::string IpAddress::ToString() const {
  std::array<char, INET6_ADDRSTRLEN> text;
  char* const end = family() == Family::kIpv4 ? PutDotted(text.data(), bytes.data() + 12)
                                              : PutGroups(text.data(), bytes.data());
  return std::string(text.data(), end);
}

IpAddress IpAddress::Prefix(int v4_bits, int v6_bits) const {
  const int bits = family() == Family::kIpv4 ? kMappedBits + v4_bits : v6_bits;
  auto words = std::bit_cast<std::array<uint64_t, 2>>(*this);
  words[0] &= FirstBits(bits);
  words[1] &= FirstBits(bits - 64);
  return std::bit_cast<IpAddress>(words);
}

}  // namespace rcodescope
