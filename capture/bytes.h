// Integers at any address, in either byte order.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace rcodescope {

template <typename Integer>
Integer LoadHost(const std::byte* at) {
  Integer value;
  std::memcpy(&value, at, sizeof(value));
  return value;
}

inline uint16_t Swap(uint16_t value) { return __builtin_bswap16(value); }
inline uint32_t Swap(uint32_t value) { return __builtin_bswap32(value); }
inline uint64_t Swap(uint64_t value) { return __builtin_bswap64(value); }

// An integer of a file that was written in the other byte order if `swapped`.
template <typename Integer>
Integer Load(const std::byte* at, bool swapped) {
  const auto value = LoadHost<Integer>(at);
  return swapped ? Swap(value) : value;
}

// Network byte order.
inline uint16_t Be16(const std::byte* at) {
  return Load<uint16_t>(at, std::endian::native == std::endian::little);
}
inline uint32_t Be32(const std::byte* at) {
  return Load<uint32_t>(at, std::endian::native == std::endian::little);
}
inline uint8_t Byte(const std::byte* at) { return std::to_integer<uint8_t>(*at); }

}  // namespace rcodescope
