// A capture at the pace at which it was taken.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "capture/source.h"

namespace rcodescope {

// Gives the batches of `source`, each when its time has come: `speed` times as fast as the
// capture's clock went, counted from the first one. Stop may be called by any thread.
class PacedSource final : public PacketSource {
 public:
  // `source` is borrowed; `speed` above 0.
  PacedSource(PacketSource& source, double speed) : source_(source), speed_(speed) {}

  PollResult Poll(PacketBatch& batch) override;
  const CaptureStats& Stats() const override { return source_.Stats(); }

  // No batch is waited for any more.
  void Stop();

 private:
  using Clock = std::chrono::steady_clock;

  PacketSource& source_;
  const double speed_;
  std::optional<Timestamp> first_;
  Clock::time_point begun_;
  std::mutex mutex_;
  std::condition_variable stopping_;
  bool stopped_ = false;  // under mutex_
};

}  // namespace rcodescope
