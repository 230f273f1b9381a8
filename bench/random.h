// Random numbers that are the same on every machine: no libm, no standard-library distributions.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rcodescope {

// The output function of SplitMix64, a bijection on 64 bits.
// G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number generators", 2014.
constexpr uint64_t Mix64(uint64_t value) {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31);
}

// xoshiro256**, seeded by SplitMix64 as its authors advise.
// D. Blackman, S. Vigna, "Scrambled linear pseudorandom number generators", 2021.
class Random {
 public:
  explicit Random(uint64_t seed) {
    for (uint64_t& word : state_) {
      word = Mix64(seed);
      seed += 0x9e3779b97f4a7c15U;
    }
  }

  uint64_t Next() {
    const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // 0 … bound − 1, by multiplication; uneven by less than bound / 2^32.
  uint32_t Below(uint32_t bound) {
    return static_cast<uint32_t>(((Next() >> 32) * uint64_t{bound}) >> 32);
  }
  bool OneIn(uint32_t count) { return Below(count) == 0; }
  bool Percent(uint32_t share) { return Below(100) < share; }
  uint16_t Bits16() { return static_cast<uint16_t>(Next() >> 48); }
  uint32_t Bits32() { return static_cast<uint32_t>(Next() >> 32); }

 private:
  std::array<uint64_t, 4> state_;
};

// Ranks 0 … count − 1, rank k with probability proportional to 1 / (k + 1): Zipf's law with
// exponent 1. Takes 8 bytes a rank. Alias method: M. D. Vose, "A linear algorithm for generating
// random numbers with a given distribution", 1991. Draw may be called from any thread.
class ZipfSampler {
 public:
  explicit ZipfSampler(uint32_t count);

  uint32_t Draw(Random& random) const {
    const uint64_t bits = random.Next();
    const auto rank = static_cast<uint32_t>(((bits >> 32) * columns_.size()) >> 32);
    const Column column = columns_[rank];
    return static_cast<uint32_t>(bits) < column.threshold ? rank : column.alias;
  }

 private:
  struct Column {
    uint32_t threshold;  // of 2^32: below it the column stands for its own rank
    uint32_t alias;
  };
  std::vector<Column> columns_;
};

}  // namespace rcodescope
