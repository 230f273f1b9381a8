// A live capture that a test feeds by hand.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "capture/live.h"
#include "tests/pipeline/traffic.h"

namespace rcodescope {

// Gives frames out as an interface would: those up to a time that the test moves on, then empty
// batches with that time as the clock. Frames are shared out to the queues by flow.
class FedCapture final : public LiveCapture {
 public:
  // `frames` are borrowed; they come in the order of their times.
  FedCapture(const std::vector<TimedFrame>& frames, size_t queues, int64_t slice = kNanosPerSecond);
  ~FedCapture() override;

  // The test: everything up to `time` has arrived. To be raised only.
  void ArriveUntil(Timestamp time);
  // The test: the queue answers no Poll until Resume.
  void Hold(size_t queue);
  void Resume(size_t queue);

  size_t queues() const override { return queues_.size(); }
  PacketSource& queue(size_t index) override;
  void Stop() override;
  std::vector<InterfaceStatus> interfaces() const override { return {{.name = "fed0"}}; }

 private:
  class Queue;

  std::mutex mutex_;
  std::condition_variable changed_;
  Timestamp arrived_;     // under mutex_
  bool stopped_ = false;  // under mutex_
  std::vector<std::unique_ptr<Queue>> queues_;
};

}  // namespace rcodescope
