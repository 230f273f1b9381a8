// All rates that are watched for spikes, step by step.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
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
  explicit HeldCounts(size_t codes)
      : overall(codes), nowhere(codes), servers(codes), zones(codes), sites(codes) {}

  CodeValues overall;
  CodeValues nowhere;  // of them, those whose server is not known
  KeyedCounts servers;
  KeyedCounts zones;
  KeyedCounts sites;  // empty: it is not known which site's they are
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

  // More than usual of a code of late, a step, of each server that answered in the last 60 steps.
  std::map<std::string, double, std::less<>> ExcessByServer(size_t code) const;

  // What is usual in `rows`, of steps `times` as long as ours, is usual here.
  void Load(std::span<const BaselineRow> rows, double times, std::span<const Rcode> codes);
  std::vector<BaselineRow> Save(std::span<const Rcode> codes) const;

  // What a spike at `place` has had in the last `steps` is none of the other keys'.
  void Lower(const SpikePlace& place, size_t code, size_t steps);
  // What is usual for keys that share responses with one at `place` is to be found out anew.
  void Unlearn(const SpikePlace& place, size_t code);

 private:
  // What came of one key in the step at hand, and what of it spikes hold; null: nothing.
  struct KeyStep {
    const CodeCounts* counts = nullptr;
    const CodeCounts* held = nullptr;
  };

  void PushAll(KeyWatches& watches, const KeyedCounts& counts, const KeyedCounts& held,
               const std::vector<bool>& learn);
  void Admit(KeyWatches& watches, const KeyedCounts& counts);
  void PushWatch(KeyWatches& watches, size_t code, KeyWatch& watch, bool learn) const;

  template <typename Visit>
  void ForEachSharing(const SpikePlace& place, size_t code, Visit visit);

  size_t warm_steps_;
  size_t codes_;
  AllWatches watches_;
  size_t steps_ = 0;
  // Of the step at hand.
  CodeCounts overall_;
  CodeValues nowhere_;
  std::vector<KeyStep> key_steps_;  // by the key's number
};

}  // namespace rcodescope
