// The keys of one dimension whose rates are watched for spikes.
#pragma once

#include <cstddef>
#include <vector>

#include <absl/container/inlined_vector.h>

#include "aggregate/rate_watch.h"
#include "aggregate/spike.h"
#include "aggregate/text_index.h"
#include "aggregate/watch_pool.h"

namespace rcodescope {

// Keys have numbers, which change when some are forgotten; a watch stays where it is as long as its
// key is there. Bounded: when there are too many keys, those with the lowest rates are forgotten,
// and a key that comes later is taken to have had as much as the largest of those.
class KeyWatches {
 public:
  // `limits`: by the code's place. `memory`: of what is usual, in steps.
  KeyWatches(SpikeDimension dimension, size_t most, std::vector<WatchLimits> limits, double memory)
      : dimension_(dimension),
        most_(most),
        limits_(std::move(limits)),
        memory_(memory),
        pools_(limits_.size()),
        loud_(limits_.size()) {}

  SpikeDimension dimension() const { return dimension_; }
  size_t size() const { return names_.size(); }
  const KeyText& name(size_t key) const { return names_.key(key); }
  const KeyText& NameOf(const KeyWatch& watch) const { return names_.key(watch.key); }
  static constexpr size_t kNone = ~size_t{0};
  size_t KeyOf(const KeyText& name) const {
    const uint32_t key = names_.Find(name);
    return key == TextIndex::kNone ? kNone : key;
  }
  // Null where nothing of the code came yet.
  KeyWatch* Find(const KeyText& name, size_t code) const;
  KeyWatch* WatchOf(size_t key, size_t code) const { return keys_[key].codes[code]; }
  // The last step with a response of a code that is not watched; 0: none.
  size_t answered(size_t key) const { return keys_[key].answered; }
  void SetAnswered(size_t key, size_t step) { keys_[key].answered = step; }

  // The key's number; made if it is not there.
  size_t At(const KeyText& name);
  // Its watch of a code, made if it is not there. `steps`: for how long nothing of it came; 0: it
  // is not known yet what is usual.
  KeyWatch& MakeWatch(size_t key, size_t code, size_t steps);
  // Forgets keys, if there are too many.
  void Bound();

  // All watches of a code, in no order: visit(watch).
  template <typename Visit>
  void ForEach(size_t code, Visit visit) {
    pools_[code].ForEach(visit);
  }
  // Of a code, those that came often enough in the last steps to be a spike, or a part of one: all
  // others need not be looked at. In no order; made by the caller, once a step.
  std::vector<KeyWatch*>& loud(size_t code) { return loud_[code]; }
  const std::vector<KeyWatch*>& loud(size_t code) const { return loud_[code]; }

 private:
  struct Key {
    absl::InlinedVector<KeyWatch*, 4> codes;  // by the code's place; null before the first
    size_t answered = 0;
  };

  void Drop(const std::vector<bool>& forgotten);

  SpikeDimension dimension_;
  size_t most_;
  std::vector<WatchLimits> limits_;
  double memory_;
  double forgotten_ = 0;  // the largest rate that was, a step
  TextIndex names_;
  std::vector<Key> keys_;         // by number
  std::vector<WatchPool> pools_;  // by the code's place
  std::vector<std::vector<KeyWatch*>> loud_;
  std::vector<double> rates_;  // by number, while some are forgotten
};

}  // namespace rcodescope
