// How --memory is divided among all that has a limit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "aggregate/error_history.h"
#include "aggregate/spike_detector.h"
#include "aggregate/window_keys.h"

namespace rcodescope {

// How many zone cuts can be known at a time, with `total` bytes for all: each takes a part of this.
inline constexpr uint64_t kBytesPerCut = 16'384;
constexpr size_t CutsIn(uint64_t total) { return total / kBytesPerCut; }

// Bytes. What the keys of all time get follows from the total alone; the workers share their part.
struct MemoryPlan {
  uint64_t total = 0;
  size_t workers = 1;

  uint64_t keys = 0;     // the collector's tables of keys, of all time
  uint64_t listing = 0;  // what it chooses the keys to show with
  uint64_t codes = 0;    // its codes of responses without a key, its series, sums and zone cuts
  uint64_t spikes = 0;   // what is usual, and what spikes are made of; windows on their way
  uint64_t errors = 0;   // whose errors are whose, and when
  // Of one worker.
  uint64_t key_delta = 0;  // one of its two tables of an epoch's keys
  uint64_t windows = 0;    // its deltas of totals, and codes without a key
  uint64_t fragments = 0;  // datagrams in pieces
  uint64_t streams = 0;    // TCP

  uint64_t minimum = 0;  // the least total for so many workers

  bool enough() const { return total >= minimum; }
};

// With a total below the minimum, parts that need a least size have it all the same: the plan
// exceeds the total then.
MemoryPlan PlanMemory(uint64_t total, size_t workers);

// What a spike detector follows, so that it fits into its part: less than usual where `total` is
// small. It depends on nothing else.
SpikeOptions SpikeOptionsFor(uint64_t total);

// The same for whose errors are whose.
ErrorRoom ErrorRoomFor(uint64_t total);

// As many of `wanted` workers as `total` is enough for, at least one.
size_t WorkersFor(uint64_t total, size_t wanted);

}  // namespace rcodescope
