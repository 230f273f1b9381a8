// A set of UDP and TCP ports.
#pragma once

#include <bitset>
#include <cstdint>
#include <span>

namespace rcodescope {

// Immutable, thus safe to share between threads. 8 KiB.
class PortSet {
 public:
  explicit PortSet(std::span<const uint16_t> ports) {
    for (const uint16_t port : ports) set_.set(port);
  }
  bool Contains(uint16_t port) const { return set_[port]; }
  // Without a branch: which of the two it is nobody can foresee.
  bool ContainsEither(uint16_t one, uint16_t other) const {
    return (static_cast<unsigned>(set_[one]) | static_cast<unsigned>(set_[other])) != 0;
  }

 private:
  std::bitset<65'536> set_;
};

}  // namespace rcodescope
