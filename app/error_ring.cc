#include "app/error_ring.h"

#include <algorithm>

namespace rcodescope {

Packet ErrorRing::Frame::Whole() const {
  Packet whole = packet;
  whole.data = bytes.data();
  return whole;
}

ErrorRing::ErrorRing(size_t frames) : frames_(frames) {}

void ErrorRing::Keep(const Packet& packet, Rcode rcode) {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) {
    missed_.store(missed() + 1, std::memory_order_relaxed);
    return;
  }
  Frame& frame = frames_[next_];
  frame.packet = packet;
  frame.packet.data = nullptr;
  frame.packet.captured = std::min<uint32_t>(packet.captured, kKeptBytes);
  frame.rcode = rcode;
  std::copy_n(packet.data, frame.packet.captured, frame.bytes.begin());
  next_ = next_ + 1 == frames_.size() ? 0 : next_ + 1;
  kept_ = std::min(kept_ + 1, frames_.size());
}

void ErrorRing::CopyTo(Rcode rcode, std::vector<Frame>& out) const {
  const std::lock_guard lock(mutex_);
  const size_t oldest = kept_ < frames_.size() ? 0 : next_;
  for (size_t i = 0; i < kept_; ++i) {
    const Frame& frame = frames_[(oldest + i) % frames_.size()];
    if (frame.rcode == rcode) out.push_back(frame);
  }
}

}  // namespace rcodescope
