// The keys of one dimension whose rates are watched for spikes.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "aggregate/rate_watch.h"
#include "aggregate/spike.h"

namespace rcodescope {

// Of one code and key.
struct KeyWatch {
  RateWatch rate;
  bool held = false;  // by a spike
  double owned = 0;   // of the step at hand, what belongs to that spike
};

// Bounded: when there are too many keys, those with the lowest rates are forgotten, and a key that
// comes later is taken to have had as much as the largest of those.
class KeyWatches {
 public:
  struct Key {
    std::vector<std::unique_ptr<KeyWatch>> codes;  // by the code's place; null before the first
    size_t answered = 0;  // the last step with a response of a code that is not watched
  };
  using Keys = std::map<std::string, Key, std::less<>>;

  // `limits`: by the code's place. `memory`: of what is usual, in steps.
  KeyWatches(SpikeDimension dimension, size_t most, std::vector<WatchLimits> limits, double memory)
      : dimension_(dimension), most_(most), limits_(std::move(limits)), memory_(memory) {}

  SpikeDimension dimension() const { return dimension_; }
  Keys& keys() { return keys_; }
  const Keys& keys() const { return keys_; }
  // Null where nothing of the code came yet.
  KeyWatch* Find(const std::string& key, size_t code) const;

  // The key, made if it is not there.
  Key& At(const std::string& key);
  // Its watch of a code, made if it is not there. `steps`: for how long nothing of it came; 0: it
  // is not known yet what is usual.
  KeyWatch& WatchOf(Key& key, size_t code, size_t steps);
  // Forgets keys, if there are too many.
  void Bound();

 private:
  SpikeDimension dimension_;
  size_t most_;
  std::vector<WatchLimits> limits_;
  double memory_;
  double forgotten_ = 0;  // the largest rate that was, a step
  Keys keys_;
};

}  // namespace rcodescope
