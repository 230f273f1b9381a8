// A fixed-size table of counters under small integer keys.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "aggregate/table_memory.h"

namespace rcodescope {

// Open addressing; memory is taken at construction, and becomes real where it is touched. One
// writer; not thread-safe.
// The work of Clear and ForEach grows with the keys in it, not with its size.
class CountTable {
 public:
  // Room for at least `keys` distinct keys. `secret` spreads keys in a way nobody can foresee.
  CountTable(size_t keys, uint64_t secret)
      : mask_(SlotsFor(keys) - 1),
        limit_(keys),
        secret_(secret),
        memory_((mask_ + 1) * sizeof(Slot), /*huge=*/false),
        slots_(static_cast<Slot*>(memory_.data())) {
    used_.reserve(keys);
  }

  // What a table with room for `keys` takes.
  static constexpr size_t BytesFor(size_t keys) {
    return SlotsFor(keys) * sizeof(Slot) + keys * sizeof(uint32_t);
  }

  // False when the system refused the memory; then nothing else may be called.
  bool usable() const { return slots_ != nullptr; }

  // Makes all of its memory real, see table_memory.h.
  void Prefault() const {
    memory_.Prefault();
    PrefaultInside(used_.data(), used_.capacity() * sizeof(uint32_t));
  }

  size_t size() const { return used_.size(); }
  // True when `more` keys that may all be new will fit.
  bool HasRoom(size_t more) const { return used_.size() + more <= limit_; }

  // Adds `count` under `key`; false, and nothing is added, when the key is new and the table full.
  bool Add(uint64_t key, uint64_t count) {
    Slot& slot = Find(key);
    if (slot.key != key + 1) {
      if (used_.size() == limit_) return false;
      slot.key = key + 1;
      used_.push_back(static_cast<uint32_t>(&slot - slots_));
    }
    slot.count += count;
    return true;
  }

  // Calls visit(key, count) for each key, in the order in which they came.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const uint32_t index : used_) visit(slots_[index].key - 1, slots_[index].count);
  }

  // Gives each key the name rename(key, count), a std::optional, or drops it. No two keys may get
  // the same.
  template <typename Rename>
  void RenameKeys(Rename rename) {
    std::vector<Slot> kept;
    kept.reserve(used_.size());
    ForEach([&](uint64_t key, uint64_t count) {
      if (const std::optional<uint64_t> name = rename(key, count)) kept.push_back({*name, count});
    });
    Clear();
    for (const Slot& slot : kept) Add(slot.key, slot.count);
  }

  void Clear() {
    for (const uint32_t index : used_) slots_[index] = Slot{};
    used_.clear();
  }

 private:
  struct Slot {
    uint64_t key;  // plus 1; 0: free
    uint64_t count;
  };

  // Two thirds of them are taken at most.
  static constexpr size_t SlotsFor(size_t keys) { return std::bit_ceil(keys + keys / 2 + 2); }

  Slot& Find(uint64_t key) const {
    const uint64_t product = (key ^ secret_) * 0x9e3779b97f4a7c15;  // 2^64 / golden ratio
    for (size_t i = (product ^ product >> 32) & mask_;; i = (i + 1) & mask_) {
      Slot& slot = slots_[i];
      if (slot.key == key + 1 || slot.key == 0) return slot;
    }
  }

  size_t mask_;
  size_t limit_;
  uint64_t secret_;
  TableMemory memory_;
  Slot* slots_;
  std::vector<uint32_t> used_;
};

}  // namespace rcodescope
