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
    // Which of the two it is nobody can foresee; that it is one of them, anybody.
    const unsigned first = (one == first_ ? 1U : 0U) | (other == first_ ? 1U : 0U);
    return first != 0 || set_[one] || set_[other];
  }

 private:
  std::bitset<65'536> set_;
  int first_ = -1;  // -1: there is none
};

}  // namespace rcodescope
