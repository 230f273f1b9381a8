// Which number the entry of a key has, in a small table that is filled and cleared all the time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rcodescope {

// Open addressing over words of 4 bytes: a number, and beside it 16 bits of the key's hash, so that
// hardly ever another key's entry is looked at. Whoever owns the entries compares the keys. At most
// 65,534 numbers, and never more than there are slots less one. Nothing is allocated after
// construction. One writer; not thread-safe.
class NumberIndex {
 public:
  static constexpr uint16_t kNone = 0xffff;

  // `slots`: a power of two.
  explicit NumberIndex(size_t slots) : mask_(slots - 1), slots_(slots) {}
  static constexpr size_t BytesFor(size_t slots) { return slots * sizeof(uint32_t); }

  struct Place {
    size_t slot;
    uint16_t number;  // kNone: the key is not there; its slot is free
  };
  // `is(number)`: whether that entry has the key.
  template <typename Is>
  Place Find(uint64_t hash, Is is) const {
    const uint32_t tag = TagOf(hash);
    const uint32_t* const slots = slots_.data();
    for (size_t slot = hash & mask_;; slot = (slot + 1) & mask_) {
      const uint32_t word = slots[slot];
      if (word == 0) return {slot, kNone};
      const auto number = static_cast<uint16_t>(word - 1);
      if ((word & kTag) == tag && is(number)) return {slot, number};
    }
  }
  void Prefetch(uint64_t hash) const { __builtin_prefetch(&slots_[hash & mask_]); }
  // In the free slot where Find ended.
  void Put(size_t slot, uint64_t hash, uint16_t number) {
    slots_[slot] = TagOf(hash) | (number + uint32_t{1});
  }
  void Clear() { std::fill(slots_.begin(), slots_.end(), 0); }

 private:
  static constexpr uint32_t kTag = 0xffff'0000;
  static uint32_t TagOf(uint64_t hash) { return static_cast<uint32_t>(hash >> 32) & kTag; }

  size_t mask_;
  std::vector<uint32_t> slots_;  // tag and number + 1; 0: free
};

}  // namespace rcodescope
