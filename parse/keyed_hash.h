// Hashing with a key that an attacker does not know, so that no traffic can be made to collide.
#pragma once

#include <cstddef>
#include <cstdint>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace rcodescope {

// XXH3 with `key` as its seed.
inline uint64_t KeyedHash64(const void* data, size_t size, uint64_t key) {
  return XXH3_64bits_withSeed(data, size, key);
}

// A folded product of two secret words and the data, as wyhash has it: a fraction of the work for
// keys of 16 bytes.
inline uint64_t KeyedHash64(uint64_t low, uint64_t high, uint64_t low_key, uint64_t high_key) {
  __extension__ typedef unsigned __int128 Wide;
  const Wide product = Wide{low ^ low_key} * (high ^ high_key);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

struct Hash128 {
  uint64_t low;
  uint64_t high;
  bool operator==(const Hash128&) const = default;
};

inline Hash128 KeyedHash128(const void* data, size_t size, uint64_t key) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(data, size, key);
  return {hash.low64, hash.high64};
}

}  // namespace rcodescope
