// Live captures in tests: queues polled by threads of their own, and what they gave.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "capture/live.h"
#include "tests/support/frames.h"

namespace rcodescope {

using SteadyClock = std::chrono::steady_clock;

// Waits for `condition`; false when it does not come true in time.
bool WaitFor(const std::function<bool()>& condition,
             std::chrono::milliseconds patience = std::chrono::seconds(10));

// A DNS response whose last four bytes are a number.
Bytes NumberedFrame(uint32_t number, uint16_t client_port = kClientPort);
uint32_t NumberOf(const Bytes& frame);

struct LiveFrame {
  Packet packet;  // its `data` is not to be used: `bytes` is a copy
  Bytes bytes;
  Timestamp now;  // of its batch
};

// Runs a thread for each queue, from construction to the queue's end.
class QueueRunner {
 public:
  // Of each batch before it is looked at, on the queue's thread: to be slow in.
  using Delay = std::function<void(size_t queue, uint64_t seen)>;
  // On each queue's thread, before its first Poll.
  using Begin = std::function<void()>;

  struct Options {
    bool keep = true;  // the frames
    Delay delay;
    Begin begin;
  };

  explicit QueueRunner(LiveCapture& capture) : QueueRunner(capture, Options()) {}
  QueueRunner(LiveCapture& capture, Options options);
  QueueRunner(const QueueRunner&) = delete;
  QueueRunner& operator=(const QueueRunner&) = delete;
  ~QueueRunner() { Stop(); }

  uint64_t seen() const { return seen_.load(); }  // by all queues
  // Stops the capture and waits for the queues' ends. Answers with how long that took.
  std::chrono::milliseconds Stop();

  // Once stopped.
  struct Result {
    std::vector<LiveFrame> frames;
    CaptureStats stats;
    uint64_t batches = 0;
    bool now_went_back = false;
  };
  const std::vector<Result>& results() const { return results_; }
  uint64_t offered() const;
  uint64_t dropped() const;
  // offered − records − dropped − backlog, of all queues.
  int64_t residual() const;

 private:
  void Run(size_t number, PacketSource& queue);

  LiveCapture& capture_;
  Options options_;
  std::atomic<uint64_t> seen_{0};
  std::vector<Result> results_;
  std::vector<std::thread> threads_;
};

}  // namespace rcodescope
