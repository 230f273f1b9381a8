// How many different things were seen, about, in 128 bytes.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace rcodescope {

// HyperLogLog (Flajolet et al. 2007) of 128 registers: a standard error of 9 %; below 300 or so it
// counts empty registers, which is better. Things are given by hashes that are the same in every
// run, so that estimates are.
class DistinctCounter {
 public:
  void Add(uint64_t hash) {
    const size_t place = hash >> (64 - kBits);
    const auto rank = static_cast<uint8_t>(std::countl_zero(hash << kBits | 1U) + 1);
    ranks_[place] = std::max(ranks_[place], rank);
  }
  void MergeFrom(const DistinctCounter& other) {
    for (size_t i = 0; i < kRegisters; ++i) ranks_[i] = std::max(ranks_[i], other.ranks_[i]);
  }
  double Estimate() const {
    double sum = 0;
    size_t empty = 0;
    for (const uint8_t rank : ranks_) {
      sum += std::ldexp(1.0, -int{rank});
      empty += rank == 0 ? 1U : 0U;
    }
    constexpr double kCount = kRegisters;
    constexpr double kAlpha = 0.7213 / (1 + 1.079 / kCount);
    const double estimate = kAlpha * kCount * kCount / sum;
    if (estimate > 2.5 * kCount || empty == 0) return estimate;
    return kCount * std::log(kCount / static_cast<double>(empty));
  }

 private:
  static constexpr unsigned kBits = 7;
  static constexpr size_t kRegisters = size_t{1} << kBits;

  std::array<uint8_t, kRegisters> ranks_{};
};
static_assert(sizeof(DistinctCounter) == 128);

}  // namespace rcodescope
