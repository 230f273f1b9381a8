#include "parse/ip_address.h"

#include <arpa/inet.h>

namespace rcodescope {
namespace {

constexpr int kMappedBits = 96;

// The first `bits` bits, as they lie in memory; less than none are none, and more than 64 all.
uint64_t FirstBits(int bits) {
  if (bits <= 0) return 0;
  const uint64_t mask = bits >= 64 ? ~uint64_t{0} : ~(~uint64_t{0} >> bits);
  return std::endian::native == std::endian::little ? __builtin_bswap64(mask) : mask;
}

}  // namespace

std::string IpAddress::ToString() const {
  if (family() == Family::kIpv6) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
    return text.data();
  }
  // As inet_ntop, which takes far longer: every window names its servers and clients.
  std::string text = std::to_string(bytes[12]);
  for (size_t i = 13; i < bytes.size(); ++i) {
    text += '.';
    text += std::to_string(bytes[i]);
  }
  return text;
}

IpAddress IpAddress::Prefix(int v4_bits, int v6_bits) const {
  const int bits = family() == Family::kIpv4 ? kMappedBits + v4_bits : v6_bits;
  auto words = std::bit_cast<std::array<uint64_t, 2>>(*this);
  words[0] &= FirstBits(bits);
  words[1] &= FirstBits(bits - 64);
  return std::bit_cast<IpAddress>(words);
}

}  // namespace rcodescope
