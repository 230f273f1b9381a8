// Whose responses a spike is made of: what came, against what usually comes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "aggregate/window.h"

namespace rcodescope {

// How often combinations of keys come when nothing is wrong, a step. Bounded: what is rarest is
// forgotten. Not thread-safe.
class UsualGroups {
 public:
  // `memory`: the time constant, in steps. `most`: combinations.
  UsualGroups(double memory, size_t most) : memory_(memory), most_(most) {}

  void BeginStep();
  void Learn(const ErrorGroup& group, double count);
  double Rate(const ErrorGroup& group) const;

 private:
  void Shrink();

  double memory_;
  size_t most_;
  double scale_ = 1;  // what a count weighs now; older ones weigh less
  double steps_ = 0;
  absl::flat_hash_map<uint64_t, double> weights_;  // by the group's hash
  std::vector<double> ranked_;                     // while some are forgotten
};

// A combination and how many more of its responses come than usual, a step.
struct Surplus {
  ErrorGroup group;
  double count = 0;
};

// The responses that are part of one spike, by combination. Older ones weigh less. Bounded: when
// there are too many combinations, the smallest go together under their coarser keys.
class SpikeEvidence {
 public:
  void BeginStep();
  void Add(const ErrorGroup& group, double count);
  // Keeps no more than about `most` combinations.
  void Bound(size_t most) {
    if (rows_.size() > most) Coarsen(most);
  }

  // What is more than usual, largest first, then by keys.
  std::vector<Surplus> Build(const UsualGroups& usual) const;
  // Of all combinations together, what came, a step.
  double Mean() const;

 private:
  struct Row {
    ErrorGroup group;
    double weight = 0;  // its count times `scale_`
  };
  double CountOf(const Row& row) const { return row.weight / scale_; }
  void Coarsen(size_t most);

  double steps_ = 0;
  double scale_ = 1;                        // what a count weighs now; older ones weigh less
  double whole_ = 0;                        // weight of all rows
  std::unordered_map<uint64_t, Row> rows_;  // by the group's hash
};

}  // namespace rcodescope
