#include "parse/ip_address.h"

#include <algorithm>

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
  IpAddress network = *this;
  for (int i = 0; i < 16; ++i) {
    const int kept = std::clamp(bits - 8 * i, 0, 8);
    network.bytes[static_cast<size_t>(i)] &= static_cast<uint8_t>(0xff00U >> kept);
  }
  return network;
}

}  // namespace rcodescope
