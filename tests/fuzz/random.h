// The mutators' choices, all from the seed that libFuzzer gives.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>

namespace rcodescope {

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}

  // 0 ≤ result < limit; 0 when there is nothing to choose from.
  size_t Below(size_t limit) { return limit == 0 ? 0 : engine_() % limit; }
  unsigned Byte() { return static_cast<unsigned>(Below(256)); }
  uint16_t Word() { return static_cast<uint16_t>(Below(65'536)); }
  bool OneIn(size_t many) { return Below(many) == 0; }

  template <typename Value, size_t kCount>
  Value OneOf(const std::array<Value, kCount>& values) {
    return values[Below(kCount)];
  }

 private:
  std::mt19937 engine_;
};

}  // namespace rcodescope
