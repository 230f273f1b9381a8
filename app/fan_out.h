// A live capture of one queue, shared out to several workers by flow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "capture/live.h"
#include "parse/frame.h"

namespace rcodescope {

struct FanOutOptions {
  FrameOptions frames;              // what it refers to is borrowed
  size_t ways = 1;                  // workers that count
  int64_t slice = kNanosPerSecond;  // the one the capture was opened with
  uint64_t key = 0;                 // of the flow hash
  // Called by each worker before its first frame, with its number from 0; may be empty.
  std::function<void(size_t)> enter;
};

// Has a queue for each way. A thread of its own, which the first Poll of queue 0 starts, polls the
// capture, copies each frame and hands it to the way of its flow; it never waits for a worker.
//
// Losses. A frame whose worker has no room left (16,384 frames or 32 MiB behind) is counted, with
// its way, as dropped at stage worker. Figures of the capture itself stand with queue 0. Every
// worker enters a slice of source time with the figures of exactly the frames before it, so that
// the sums agree at each cut and not only at the end; a worker that lies more than 64 slices behind
// is told of its drops late.
//
// Frames longer than 128 KiB are cut to that, as by a snap length.
class FanOut final : public LiveCapture {
 public:
  // `capture` has one queue.
  FanOut(std::unique_ptr<LiveCapture> capture, const FanOutOptions& options);
  // To be destroyed after the threads that poll.
  ~FanOut() override;

  size_t queues() const override { return ways_.size(); }
  PacketSource& queue(size_t index) override;
  void Stop() override { capture_->Stop(); }
  std::vector<InterfaceStatus> interfaces() const override { return capture_->interfaces(); }

 private:
  class Way;

  void Enter(size_t index);
  void Read();

  const std::unique_ptr<LiveCapture> capture_;
  const FanOutOptions options_;
  std::vector<std::unique_ptr<Way>> ways_;
  std::thread reader_;
};

}  // namespace rcodescope
