#include "parse/ip_address.h"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

namespace rcodescope {
namespace {

constexpr std::array<uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kMappedBits = 96;

}  // namespace

Family IpAddress::family() const {
  const bool mapped = std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
  return mapped ? Family::kIpv4 : Family::kIpv6;
}

std::string IpAddress::ToString() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (family() == Family::kIpv6) {
    inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
    return text.data();
  }
  // As inet_ntop, which takes ten times as long: every window names its servers and clients.
  char* end = text.data();
  for (size_t i = 12; i < bytes.size(); ++i) {
    if (i != 12) *end++ = '.';
    end = std::to_chars(end, text.data() + text.size(), bytes[i]).ptr;
  }
  return {text.data(), end};
}

IpAddress IpAddress::Prefix(int v4_bits, int v6_bits) const {
  const int bits = family() == Family::kIpv4 ? kMappedBits + v4_bits : v6_bits;
  IpAddress network = *this;
  for (int i = 0; i < 16; ++i) {
    const int kept = std::clamp(bits - 8 * i, 0, 8);
    network.bytes[static_cast<size_t>(i)] &= static_cast<uint8_t>(0xff00U >> kept);
  }
  return network;
}

}  // namespace rcodescope
