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
  // visit(watch): true keeps it. Gives memory back, where much more than the half is free.
  template <typename Visit>
  void Sift(Visit visit) {
    free_.clear();
    std::vector<size_t> taken(blocks_.size());
    size_t all = 0;
    for (size_t i = 0; i < blocks_.size(); ++i) {
      for (Place& place : *blocks_[i]) {
        if (place.taken && !visit(place.watch)) place.taken = false;
        taken[i] += place.taken ? 1 : 0;
      }
      all += taken[i];
    }
    const size_t wanted = kFewBlocks + 2 * (all / kBlock);
    for (size_t i = blocks_.size(); i-- > 0;) {
      if (taken[i] == 0 && blocks_.size() > wanted) {
        blocks_.erase(blocks_.begin() + static_cast<ptrdiff_t>(i));
      } else {
        Offer(*blocks_[i]);
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
  static constexpr size_t kFewBlocks = 4;
  using Block = std::array<Place, kBlock>;

  void AddBlock() { Offer(*blocks_.emplace_back(std::make_unique<Block>())); }
  // Its free places; the first is the next to be taken.
  void Offer(Block& block) {
    for (size_t j = kBlock; j-- > 0;) {
      if (!block[j].taken) free_.push_back(&block[j]);
    }
  }

  std::vector<std::unique_ptr<Block>> blocks_;
  std::vector<Place*> free_;
};

}  // namespace rcodescope
