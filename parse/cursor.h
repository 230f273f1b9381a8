// The one way in which headers are read: take a block of bytes, or learn that it is not there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

namespace rcodescope {

// Bytes of a frame that are still to be read: those captured, and how many there were on the
// wire. captured().size() ≤ wire().
class Cursor {
 public:
  Cursor(std::span<const std::byte> captured, size_t wire) : captured_(captured), wire_(wire) {}

  // The next `count` captured bytes, which are then passed; null when there are fewer.
  const std::byte* Take(size_t count) {
    if (captured_.size() < count) return nullptr;
    const std::byte* taken = captured_.data();
    captured_ = captured_.subspan(count);
    wire_ -= count;
    return taken;
  }

  // The same without passing them.
  const std::byte* Peek(size_t count) const {
    return captured_.size() < count ? nullptr : captured_.data();
  }

  // Drops what lies behind the next `count` bytes: padding, trailers.
  void Limit(size_t count) {
    wire_ = std::min(wire_, count);
    captured_ = captured_.first(std::min(captured_.size(), count));
  }

  std::span<const std::byte> captured() const { return captured_; }
  size_t wire() const { return wire_; }

 private:
  std::span<const std::byte> captured_;
  size_t wire_;
};

}  // namespace rcodescope
