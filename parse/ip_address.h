// An IP address of either family in 16 bytes.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "parse/protocol.h"

namespace rcodescope {

// IPv4 addresses are held IPv4-mapped (RFC 4291 §2.5.5.2).
struct IpAddress {
  std::array<uint8_t, 16> bytes;
  auto operator<=>(const IpAddress&) const = default;
  friend bool operator==(const IpAddress& a, const IpAddress& b) {
    const auto x = std::bit_cast<std::array<uint64_t, 2>>(a);
    const auto y = std::bit_cast<std::array<uint64_t, 2>>(b);
    return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;  // one branch, and no call
  }

  static IpAddress FromIpv4(const std::byte* four) {
    std::array<uint32_t, 4> words{0, 0, kMappedWord, 0};
    std::memcpy(&words[3], four, 4);
    return std::bit_cast<IpAddress>(words);
  }
  static IpAddress FromIpv6(const std::byte* sixteen) {
    IpAddress address;
    std::memcpy(address.bytes.data(), sixteen, 16);
    return address;
  }

  static IpAddress From(Family family, const std::byte* bytes) {
    return family == Family::kIpv4 ? FromIpv4(bytes) : FromIpv6(bytes);
  }

  // The 4 or 16 bytes that stand in a header of that family.
  const std::byte* Bytes(Family family) const {
    return std::as_bytes(std::span(bytes)).data() + (family == Family::kIpv4 ? 12 : 0);
  }

  Family family() const {
    const auto words = std::bit_cast<std::array<uint32_t, 4>>(*this);
    const bool mapped = (words[0] | words[1] | (words[2] ^ kMappedWord)) == 0;
    return mapped ? Family::kIpv4 : Family::kIpv6;
  }
  // RFC 5952 for IPv6, dotted decimal for IPv4.
  std::string ToString() const;
  // The network it lies in: `v4_bits` ≤ 32 or `v6_bits` ≤ 128 are kept, the rest are 0.
  IpAddress Prefix(int v4_bits, int v6_bits) const;

 private:
  // 00 00 ff ff in the order of bytes.
  static constexpr uint32_t kMappedWord =
      std::endian::native == std::endian::little ? 0xffff'0000 : 0x0000'ffff;
};

}  // namespace rcodescope
