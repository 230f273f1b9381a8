// Numbers for names: the place of a key in lists that have a row for each.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "aggregate/key_text.h"

namespace rcodescope {

// Keys are numbered from 0, in the order in which they come. Open addressing; memory is kept until
// the end, so that what is filled and cleared again and again allocates nothing. Not thread-safe.
class TextIndex {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  size_t size() const { return keys_.size(); }
  const KeyText& key(size_t number) const { return keys_[number]; }

  // kNone where it is not among them.
  uint32_t Find(const KeyText& key) const {
    return slots_.empty() ? kNone : slots_[SlotOf(key)].number;
  }
  // It is made, as the last one, where it is not.
  uint32_t At(const KeyText& key) {
    if (2 * keys_.size() >= slots_.size()) Spread(std::max(kFewest, 2 * slots_.size()));
    Slot& slot = slots_[SlotOf(key)];
    if (slot.number == kNone) {
      slot = {Upper(key), static_cast<uint32_t>(keys_.size())};
      keys_.push_back(key);
    }
    return slot.number;
  }
  // Drops the keys for which drop(number) is true. The others close up, in their order.
  template <typename Drop>
  void EraseIf(Drop drop) {
    size_t kept = 0;
    for (size_t number = 0; number < keys_.size(); ++number) {
      if (drop(number)) continue;
      if (kept != number) keys_[kept] = std::move(keys_[number]);
      ++kept;
    }
    keys_.resize(kept);
    Spread(slots_.size());
  }
  void Clear() {
    if (keys_.empty()) return;
    keys_.clear();
    std::fill(slots_.begin(), slots_.end(), Slot{});
  }

 private:
  static constexpr size_t kFewest = 64;

  struct Slot {
    uint32_t upper = 0;  // half of the key's hash: most other keys need not be looked at
    uint32_t number = kNone;
  };

  static uint32_t Upper(const KeyText& key) { return static_cast<uint32_t>(key.hash() >> 32); }

  // Where the key is, or would be.
  size_t SlotOf(const KeyText& key) const {
    const uint32_t upper = Upper(key);
    for (size_t place = key.hash() & (slots_.size() - 1);;
         place = (place + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[place];
      if (slot.number == kNone || (slot.upper == upper && keys_[slot.number] == key)) return place;
    }
  }
  // Into so many slots, a power of two.
  void Spread(size_t slots) {
    slots_.assign(slots, Slot{});
    for (size_t number = 0; number < keys_.size(); ++number) {
      slots_[SlotOf(keys_[number])] = {Upper(keys_[number]), static_cast<uint32_t>(number)};
    }
  }

  std::vector<KeyText> keys_;
  std::vector<Slot> slots_;
};

}  // namespace rcodescope
