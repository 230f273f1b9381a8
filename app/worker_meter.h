// How a live worker fares, for others to look at.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "capture/packet.h"

namespace rcodescope {

// Written by one worker, read by any thread. No figure is ever added to by two threads: plain
// stores, which cost the packet path nothing but a look at the clock for each batch with frames.
class WorkerMeter {
 public:
  using Clock = std::chrono::steady_clock;

  // Worker: a batch with frames has come.
  void Begin() { begin_ = Clock::now(); }
  // Worker: it is counted.
  void End() { Raise(busy_ns_, static_cast<uint64_t>((Clock::now() - begin_).count())); }
  // Worker: all up to `now`, the batch's clock, is counted; the next batch is asked for.
  void Poll(Timestamp now) {
    now_ns_.store(now.ns, std::memory_order_relaxed);
    Raise(polls_, 1);
  }
  // Worker: asks for no more.
  void Finish() { finished_.store(true, std::memory_order_relaxed); }

  uint64_t polls() const { return polls_.load(std::memory_order_relaxed); }
  std::chrono::nanoseconds busy() const {
    return std::chrono::nanoseconds(busy_ns_.load(std::memory_order_relaxed));
  }
  Timestamp now() const { return {now_ns_.load(std::memory_order_relaxed)}; }
  bool finished() const { return finished_.load(std::memory_order_relaxed); }

 private:
  static void Raise(std::atomic<uint64_t>& counter, uint64_t by) {
    counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }

  alignas(64) std::atomic<uint64_t> polls_{0};  // batches asked for, those without frames included
  std::atomic<uint64_t> busy_ns_{0};
  std::atomic<int64_t> now_ns_{kNoTime.ns};
  std::atomic<bool> finished_{false};
  Clock::time_point begin_;
};

}  // namespace rcodescope
