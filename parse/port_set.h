// A set of UDP and TCP ports.
#pragma once

#include <bitset>
#include <cstdint>
#include <span>

namespace rcodescope {

// Immutable, thus safe to share between threads. 8 KiB, of which the first port needs none.
class PortSet {
 public:
  explicit PortSet(std::span<const uint16_t> ports) {
    for (const uint16_t port : ports) set_.set(port);
    if (!ports.empty()) first_ = ports.front();
  }
  bool Contains(uint16_t port) const { return set_[port]; }
  bool ContainsEither(uint16_t one, uint16_t other) const {
    // Which of the two it is nobody can foresee; that it is one of them, anybody: a product tells.
    const uint64_t differences = uint64_t{one ^ first_} * (other ^ first_);
    return differences == 0 || ContainsAnother(one, other);
  }

 private:
  [[gnu::noinline, gnu::cold]] bool ContainsAnother(uint16_t one, uint16_t other) const {
    return set_[one] || set_[other];
  }

  std::bitset<65'536> set_;
  uint32_t first_ = 1 << 16;  // more than any port: there is none
};

}  // namespace rcodescope
