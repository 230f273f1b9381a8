// Which number an entry of another table has here, remembered so that it need not be looked for.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rcodescope {

// Of the first entries, which those with much traffic are among. Nothing is allocated after
// construction. One writer; not thread-safe.
class NumberMemo {
 public:
  static constexpr uint16_t kUnknown = 0xfffe;

  explicit NumberMemo(size_t entries) : numbers_(entries, kUnknown) {}
  static constexpr size_t BytesFor(size_t entries) { return entries * sizeof(uint16_t); }

  uint16_t Find(uint32_t entry) const {
    return entry < numbers_.size() ? numbers_[entry] : kUnknown;
  }
  void Put(uint32_t entry, uint16_t number) {
    if (entry < numbers_.size()) numbers_[entry] = number;
  }
  void Clear() { std::fill(numbers_.begin(), numbers_.end(), kUnknown); }

 private:
  std::vector<uint16_t> numbers_;
};

}  // namespace rcodescope
