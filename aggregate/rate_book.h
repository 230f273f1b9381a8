// All rates that are watched for spikes, step by step.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "aggregate/key_watches.h"
#include "aggregate/spike_detector.h"
#include "aggregate/spike_search.h"
#include "aggregate/step_counts.h"

namespace rcodescope {

// Responses of a step that belong to spikes which go on, and therefore to no other. By code.
struct HeldCounts {
  std::vector<double> overall;
  std::vector<double> nowhere;  // of them, those whose server is not known
  StepCounts::Keys servers;
  StepCounts::Keys zones;
};

class RateBook {
 public:
  // `step`: seconds. `memory` and `warm_steps`: in steps.
  RateBook(const SpikeOptions& options, double step, double memory, size_t warm_steps);

  // One step. `learn`: by code, whether it may be learned from.
  void Push(const StepCounts& counts, const HeldCounts& held, const std::vector<bool>& learn);

  size_t steps() const { return steps_; }
  AllWatches& watches() { return watches_; }
  const AllWatches& watches() const { return watches_; }
  KeyWatches& of(SpikeDimension dimension) { return watches_[static_cast<size_t>(dimension)]; }
  const KeyWatches& of(SpikeDimension dimension) const {
    return watches_[static_cast<size_t>(dimension)];
  }

  // What is usual in `rows`, of steps `times` as long as ours, is usual here.
  void Load(std::span<const BaselineRow> rows, double times, std::span<const Rcode> codes);
  std::vector<BaselineRow> Save(std::span<const Rcode> codes) const;

  // What a spike at `place` has had in the last `steps` is none of the other keys'.
  void Lower(const SpikePlace& place, size_t code, size_t steps);
  // What is usual for keys that share responses with one at `place` is to be found out anew.
  void Unlearn(const SpikePlace& place, size_t code);

 private:
  void PushAll(KeyWatches& watches, const StepCounts::Keys& counts, const StepCounts::Keys& held,
               const std::vector<bool>& learn);
  void PushKey(KeyWatches& watches, KeyWatches::Key& key, const CodeCounts& counts,
               const CodeCounts& held, const std::vector<bool>& learn);

  template <typename Visit>
  void ForEachSharing(const SpikePlace& place, size_t code, Visit visit);

  size_t warm_steps_;
  size_t codes_;
  AllWatches watches_;
  CodeCounts overall_;           // of the step at hand
  std::vector<double> nowhere_;  // of the step at hand
  size_t steps_ = 0;
};

}  // namespace rcodescope
