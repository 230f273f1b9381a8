// Which keys have had most of late.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "aggregate/key_counts.h"

namespace rcodescope {

// Responses of a key, or of an epoch, as they fade.
struct FadingVolume {
  double responses = 0;
  double errors = 0;  // of them, those whose code is not NOERROR
};

// Volumes fade: what came a half-life ago counts half. Of each delta only the `most` keys with the
// most errors and as many with the most responses are looked at, and about as many are remembered
// from one epoch to the next, so that memory does not depend on how many keys there are. One
// thread.
class RecentKeys {
 public:
  // `half_life` in epochs.
  RecentKeys(size_t most, double half_life);

  // What one worker counted in an epoch, or in a part of it.
  void Add(const KeyCounts& delta);

  // An epoch is over.
  void EndEpoch();

  // Calls visit(key, volume), in no order.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const auto& [key, volume] : volumes_) visit(key, volume);
  }

 private:
  // Of a delta.
  struct Volume {
    uint64_t responses = 0;
    uint64_t errors = 0;
  };

  void Take(const KeyCounts& delta, uint64_t Volume::*measure);
  void Take(const KeyCounts& delta, size_t number);
  void Forget();

  size_t most_;
  double fading_;  // what an epoch leaves of a volume
  absl::flat_hash_map<CountKey, FadingVolume, CountKeyHash> volumes_;
  std::vector<Volume> of_delta_;  // by number; 0 when taken
};

}  // namespace rcodescope
