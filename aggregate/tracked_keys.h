// Responses per key for all time, in a table of fixed size that keeps whoever has most.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "aggregate/key_counts.h"
#include "aggregate/table_memory.h"

namespace rcodescope {

// What takes part in the choice of keys to keep. A server that fails weighs more than one that
// answers; that a name does not exist is an answer.
inline constexpr uint64_t kAnswerWeight = 1;
inline constexpr uint64_t kFailureWeight = 16;
constexpr uint64_t WeightOf(Rcode rcode) {
  const bool answer = rcode == Rcode{RcodeSpace::kDns, kRcodeNoError} ||
                      rcode == Rcode{RcodeSpace::kDns, kRcodeNxDomain};
  return answer ? kAnswerWeight : kFailureWeight;
}

// Space-Saving (Metwally, Agrawal, El Abbadi 2005), half of the table at a time. A key's
// standing is the weight of its responses and what it may have had before it came: the highest
// standing of any key that had left by then. When the table is full, half of the keys leave,
// those of the lowest standing, and of equals the oldest; what they had is counted without a key.
//
// No key that is not in the table has a weight above error_bound(), and no key in it lacks more
// than that of what it had in truth. The bound grows by one with about as many responses of keys
// that come once as there is room for keys. Nothing depends on chance or on the hash key: the same
// deltas in the same order leave the same keys.
//
// Work: constant for each key merged, taken over all; a few milliseconds at a time for a hundred
// thousand keys. One thread.
class TrackedKeys {
 public:
  // As KeyCounts; `bytes` are for all that is kept here.
  TrackedKeys(size_t bytes, bool with_names, uint64_t secret, bool with_members = false);

  // False when the system refused the memory; then nothing else may be called.
  bool usable() const { return counts_.usable() && bounds_ != nullptr && weights_ != nullptr; }
  void Prefault() const;

  // The least memory for one, and what a key takes.
  static size_t SmallestBytes(bool with_names);
  static size_t KeyBytes(bool with_names);

  void MergeFrom(const KeyCounts& delta);

  // These keys do not leave until others are named: whoever shows them goes on counting. They are
  // to be fewer than half of what the table can hold.
  void Hold(std::vector<CountKey> keys) { held_ = std::move(keys); }

  const KeyCounts& counts() const { return counts_; }
  uint64_t evicted() const { return evicted_; }  // keys, each time they left
  // Responses of keys that have left, or that found no room; they are counted without a key.
  uint64_t overflow() const { return evicted_responses_ + counts_.overflow(); }
  uint64_t error_bound() const { return highest_gone_ + counts_.overflow(); }

 private:
  struct Cut;

  void MakeRoom();
  void Welcome();
  void Weigh();
  Cut FindCut();
  void Evict();
  uint64_t StandingOf(size_t number) const { return bounds_[number] + weights_[number]; }
  size_t ClassOf(size_t number) const;

  KeyCounts counts_;
  TableMemory bound_memory_;
  TableMemory weight_memory_;
  uint64_t* bounds_;     // by number: what the key may have had before it came
  uint64_t* weights_;    // by number, while keys are evicted: the weight of its responses
  size_t welcomed_ = 0;  // keys that have a bound
  std::vector<CountKey> held_;
  uint64_t highest_gone_ = 0;  // standing of the keys that have left
  uint64_t lowest_here_ = 0;   // few keys in the table have less
  size_t patience_ = 0;        // blocks to merge before it makes sense to evict again
  uint64_t evicted_ = 0;
  uint64_t evicted_responses_ = 0;
};

}  // namespace rcodescope
