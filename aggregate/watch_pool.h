// Memory for the watches of one code.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "aggregate/rate_watch.h"

namespace rcodescope {

// Of one code and key.
struct KeyWatch {
  size_t key = 0;     // the key's number, see KeyWatches
  bool held = false;  // by a spike
  double owned = 0;   // of the step at hand, what belongs to that spike
  RateWatch rate{0, {}};
};

// Watches stand where they are until they are dropped. They lie side by side: every step visits
// them all, and what comes next in memory is there by then.
class WatchPool {
 public:
  KeyWatch& Make(const KeyWatch& watch) {
    if (free_.empty()) AddBlock();
    Place& place = *free_.back();
    free_.pop_back();
    place = {true, watch};
    return place.watch;
  }
  // visit(watch): true keeps it.
  template <typename Visit>
  void Sift(Visit visit) {
    free_.clear();
    for (size_t i = blocks_.size(); i-- > 0;) {
      for (size_t j = kBlock; j-- > 0;) {
        Place& place = (*blocks_[i])[j];
        if (place.taken && !visit(place.watch)) place.taken = false;
        if (!place.taken) free_.push_back(&place);
      }
    }
  }
  template <typename Visit>
  void ForEach(Visit visit) {
    for (const auto& block : blocks_) {
      for (Place& place : *block) {
        if (place.taken) visit(place.watch);
      }
    }
  }

 private:
  struct Place {
    bool taken = false;
    KeyWatch watch;
  };
  static constexpr size_t kBlock = 64;

  void AddBlock() {
    blocks_.push_back(std::make_unique<std::array<Place, kBlock>>());
    for (size_t j = kBlock; j-- > 0;) free_.push_back(&(*blocks_.back())[j]);
  }

  std::vector<std::unique_ptr<std::array<Place, kBlock>>> blocks_;
  std::vector<Place*> free_;  // the first ones last
};

}  // namespace rcodescope
