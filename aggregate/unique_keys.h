// How many different keys of each dimension there were, and how many got which failure.
#pragma once

#include <array>
#include <cstdint>

#include "aggregate/distinct_count.h"
#include "aggregate/key_counts.h"
#include "aggregate/snapshot.h"

namespace rcodescope {

// Keys are taken where a worker's table is handed over: each costs a few instructions
// there and none on the packet path. Not those that found their table full.
//
// The hashes have no secret, so that a report is the same for any hash key and the registers of
// several programs could be merged. Whoever knows that can make up keys that count for many, or for
// none; they cannot make an estimate larger than the number of responses (see Estimates).
class UniqueKeys {
 public:
  void Add(const KeyCounts& delta, Dimension dimension);
  void Merge(const UniqueKeys& other);
  void Clear();

  // `responses`: those of the epoch, by what they are counted as; no estimate exceeds them.
  UniqueCounts Estimates(Dimension dimension, const UniqueCounts& responses) const;

 private:
  std::array<std::array<FineCount, kUniqueGroups>, kDimensions> counts_;
};

}  // namespace rcodescope
