#include "app/paced_source.h"

namespace rcodescope {

PollResult PacedSource::Poll(PacketBatch& batch) {
  const PollResult result = source_.Poll(batch);
  if (result != PollResult::kPackets) return result;
  if (!first_.has_value()) {
    first_ = batch.now;
    begun_ = Clock::now();
  }
  const std::chrono::duration<double, std::nano> passed(
      static_cast<double>(batch.now.ns - first_->ns) / speed_);
  const auto due = begun_ + std::chrono::duration_cast<Clock::duration>(passed);
  std::unique_lock lock(mutex_);
  stopping_.wait_until(lock, due, [this] { return stopped_; });
  return result;
}

void PacedSource::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  stopping_.notify_all();
}

}  // namespace rcodescope
