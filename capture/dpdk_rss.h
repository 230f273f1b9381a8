// The key that makes a card's receive-side scaling (RSS) symmetric.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace rcodescope {

// Longer than any driver's key (mostly 40 or 52 bytes).
inline constexpr size_t kLongestRssKey = 128;

// A Toeplitz key that repeats every 16 bits. Addresses and ports are whole multiples of 16 bits, so
// that exchanging source and destination moves each of them by a multiple of the key's period and
// the hash stays the same. After S. Woo and K. Park, "Scalable TCP Session Monitoring with
// Symmetric Receive-side Scaling", 2012.
constexpr std::array<uint8_t, kLongestRssKey> SymmetricRssKey() {
  std::array<uint8_t, kLongestRssKey> key{};
  for (size_t i = 0; i < key.size(); i += 2) {
    key[i] = 0x6d;
    key[i + 1] = 0x5a;
  }
  return key;
}

}  // namespace rcodescope
