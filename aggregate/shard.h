// What one worker counts into, and how it hands that over to the collector.
//
// The worker owns active deltas that nobody else can see. To hand one over it puts it into one
// ring and takes an empty one from another: loads and stores, no lock, nothing is copied and
// nothing can be lost. There are two cadences (see README.md): a window's totals, and the keys
// of an epoch. All of a worker's deltas take one ring, so that they arrive in order.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>

#include "aggregate/key_counts.h"
#include "aggregate/ledger.h"
#include "aggregate/spsc_ring.h"
#include "aggregate/tap_counts.h"
#include "aggregate/totals.h"
#include "aggregate/window_keys.h"
#include "aggregate/zone_evidence.h"

namespace rcodescope {

struct WindowDelta {
  WindowDelta(uint64_t secret, const WindowRoom& room)
      : totals(secret), keys(secret, room), taps(secret) {}
  static size_t TableBytes(const WindowRoom& room) {
    return Totals::TableBytes() + WindowKeys::TableBytes(room) + TapCounts::TableBytes() +
           EvidenceSet::TableBytes();
  }
  bool usable() const { return totals.usable() && keys.usable() && taps.usable(); }

  int64_t window = 0;  // slice of source time in which it began
  int64_t last = 0;    // and the last one that it is of: the same where the worker waits
  Totals totals;
  WindowKeys keys;
  TapCounts taps;
  EvidenceSet evidence;
};

// A dimension's part of the memory for keys.
uint64_t KeyBytesOf(Dimension dimension, uint64_t bytes);

struct KeyDelta {
  // `bytes`: for the keys of all dimensions together. `count_members`: of clients' networks.
  KeyDelta(uint64_t bytes, uint64_t secret, bool count_members = false);

  // False when the system refused the memory.
  bool usable() const;
  void Prefault() const;

  std::array<KeyCounts, kDimensions> dimensions;
  WorkerLedger ledger;  // where an epoch ends
};

// Rung when there is something to collect. Any number of ringers, one waiter.
class Bell {
 public:
  uint32_t Heard() {
    const uint32_t rung = rung_.load(std::memory_order_acquire);
    heard_.store(rung, std::memory_order_relaxed);
    return rung;
  }
  void Wait(uint32_t heard) const { rung_.wait(heard, std::memory_order_seq_cst); }
  void Ring() {
    rung_.fetch_add(1, std::memory_order_seq_cst);  // as SpscRing's kOrder
    rung_.notify_one();
  }

  // Any thread, to see whether the collector gets on: what Heard answered last, and whether the
  // bell has not rung since.
  uint32_t last_heard() const { return heard_.load(std::memory_order_relaxed); }
  bool answered() const { return last_heard() == rung_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint32_t> rung_{0};
  std::atomic<uint32_t> heard_{0};
};

// Copies of one kind of delta, of which those that are empty wait here for the worker.
template <typename Delta, uint32_t kCopies>
class DeltaPool {
 public:
  template <typename... Arguments>
  explicit DeltaPool(const Arguments&... arguments) {
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

  // The same.
  void Prefault() const {
    for (const auto& copy : copies_) copy->Prefault();
  }

  // Worker: an empty delta; waits until the collector has given one back.
  Delta* Take() { return empty_.Pop(); }
  // Worker: whether Take would answer at once.
  bool HasEmpty() const { return empty_.Front() != nullptr; }
  // Collector: gives a cleared delta back.
  void Return(Delta* delta) { empty_.Push(delta); }

 private:
  std::array<std::unique_ptr<Delta>, kCopies> copies_;
  SpscRing<Delta*, std::bit_ceil(kCopies)> empty_;
};

// What a worker hands over at once: a window's delta, an epoch's keys, or both.
struct Delivery {
  WindowDelta* window = nullptr;
  KeyDelta* keys = nullptr;
  int64_t epoch = 0;  // the last one that has a part in it
  // The window that the worker is in now: it has ended all before it.
  int64_t reached = 0;
  // The epoch ends here: `keys` holds the ledger, and whatever comes behind belongs to later ones.
  bool ends_epoch = false;
  bool ends_input = false;  // nothing comes behind
};

class Shard {
 public:
  // `key_bytes`: for one copy of the key tables. The rest as KeyDelta has it.
  Shard(Bell& bell, uint64_t key_bytes, uint64_t secret, bool count_members = false,
        const WindowRoom& room = {})
      : windows(secret, room), keys(key_bytes, secret, count_members), bell_(bell) {}

  // False when the system refused the memory. Before deltas go round.
  bool usable() const { return windows.usable() && keys.usable(); }

  // Worker: gives deltas away.
  void Deliver(const Delivery& delivery) {
    deliveries_.Push(delivery);  // never waits: there is room for every copy
    bell_.Ring();
  }

  // Collector: the oldest delivery, or null. It stays until Pop.
  const Delivery* Front() const { return deliveries_.Front(); }
  void Pop() { deliveries_.TryPop(); }

  static constexpr uint32_t kWindowCopies = 3;
  static constexpr uint32_t kKeyCopies = 2;
  DeltaPool<WindowDelta, kWindowCopies> windows;
  DeltaPool<KeyDelta, kKeyCopies> keys;

 private:
  Bell& bell_;
  SpscRing<Delivery, 8> deliveries_;
};

}  // namespace rcodescope
