// How many different things were seen, about, in a few bytes.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace rcodescope {

// By the registers of a HyperLogLog, each of which holds a run of at most `longest` zeros and a
// one.
double EstimateDistinct(std::span<const uint8_t> registers, size_t longest);

// HyperLogLog (Flajolet et al. 2007) with 2^kIndexBits registers of a byte and Ertl's estimator
// (2017), which needs no table of corrections: the standard error is 1.04 / √registers, less for a
// few and next to nothing for very few. The same set gives the same estimate, in whatever order and
// parts it comes: two of them merge to that of both sets.
template <unsigned kIndexBits>
class DistinctCount {
 public:
  // `hash`: of the thing, all of its 64 bits as good as random.
  void Add(uint64_t hash) { AddIf(true, hash); }
  // The same, without a branch, for conditions that are not to be foreseen.
  void AddIf(bool counts, uint64_t hash) {
    uint8_t& longest = registers_[hash >> (64 - kIndexBits)];
    const int zeros = std::countl_zero(hash << kIndexBits | 1U << (kIndexBits - 1));
    longest = std::max(longest, static_cast<uint8_t>(counts ? zeros + 1 : 0));
  }
  void Merge(const DistinctCount& other) {
    for (size_t i = 0; i < registers_.size(); ++i) {
      registers_[i] = std::max(registers_[i], other.registers_[i]);
    }
  }
  void Clear() { registers_ = {}; }

  double Estimate() const { return EstimateDistinct(registers_, kLongestRun); }

 private:
  static constexpr size_t kLongestRun = 64 - kIndexBits + 1;

  std::array<uint8_t, size_t{1} << kIndexBits> registers_{};
};

using FineCount = DistinctCount<12>;  // 4 KiB, standard error 1.6 %
using RoughCount = DistinctCount<7>;  // 128 bytes, 9 %

}  // namespace rcodescope
