// What one worker counts into, and how it hands that over to the collector.
//
// The worker owns an active delta that nobody else can see. To hand it over it puts it into one
// ring and takes an empty one from another: loads and stores, no lock, nothing is copied and
// nothing can be lost. There are two cadences (see README.md): a window's totals, and the keys
// of a longer stretch.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "aggregate/key_counts.h"
#include "aggregate/spsc_ring.h"
#include "aggregate/totals.h"

namespace rcodescope {

struct WindowDelta {
  explicit WindowDelta(uint64_t secret) : totals(secret) {}

  int64_t window = 0;  // slice of source time
  Totals totals;
};

struct KeyDelta {
  // `bytes`: for all dimensions together.
  KeyDelta(uint64_t bytes, uint64_t secret);

  // False when the system refused the memory.
  bool usable() const;

  std::array<KeyCounts, kDimensions> dimensions;
};

// Rung when there is something to collect. Any number of ringers, one waiter.
class Bell {
 public:
  uint32_t Heard() const { return rung_.load(std::memory_order_acquire); }
  void Wait(uint32_t heard) const { rung_.wait(heard, std::memory_order_seq_cst); }
  void Ring() {
    rung_.fetch_add(1, std::memory_order_seq_cst);  // as SpscRing's kOrder
    rung_.notify_one();
  }

 private:
  std::atomic<uint32_t> rung_{0};
};

// Copies of one kind of delta going round between a worker and the collector.
template <typename Delta, uint32_t kCopies>
class HandOver {
 public:
  template <typename... Arguments>
  explicit HandOver(Bell& bell, const Arguments&... arguments) : bell_(bell) {
    for (auto& copy : copies_) {
      copy = std::make_unique<Delta>(arguments...);
      empty_.Push(copy.get());
    }
  }

  // All copies, before they go round.
  bool usable() const {
    return std::all_of(copies_.begin(), copies_.end(),
                       [](const auto& copy) { return copy->usable(); });
  }

  // Worker: an empty delta; waits until the collector has given one back.
  Delta* Take() { return empty_.Pop(); }
  // Worker: gives a delta away.
  void Publish(Delta* delta) {
    full_.Push(delta);  // never waits: there is room for every copy
    bell_.Ring();
  }

  // Collector: the oldest published delta, or null.
  Delta* TryCollect() { return full_.TryPop().value_or(nullptr); }
  // Collector: gives a cleared delta back.
  void Return(Delta* delta) { empty_.Push(delta); }

 private:
  Bell& bell_;
  std::array<std::unique_ptr<Delta>, kCopies> copies_;
  SpscRing<Delta*, kCopies> full_;
  SpscRing<Delta*, kCopies> empty_;
};

class Shard {
 public:
  // `key_bytes`: for one copy of the key tables.
  Shard(Bell& bell, uint64_t key_bytes, uint64_t secret)
      : windows(bell, secret), keys(bell, key_bytes, secret), bell_(bell) {}

  // Worker: after its last Publish.
  void Finish() {
    finished_.store(true, std::memory_order_release);
    bell_.Ring();
  }
  // Collector: when true, what has been published by now is all there will be.
  bool finished() const { return finished_.load(std::memory_order_acquire); }

  HandOver<WindowDelta, 4> windows;
  HandOver<KeyDelta, 2> keys;

 private:
  Bell& bell_;
  std::atomic<bool> finished_{false};
};

}  // namespace rcodescope
