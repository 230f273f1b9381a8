// One spike that goes on: what belongs to it, whether it still goes on, how it is described.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aggregate/distinct_count.h"
#include "aggregate/key_watches.h"
#include "aggregate/spike.h"
#include "aggregate/spike_evidence.h"
#include "aggregate/spike_features.h"
#include "aggregate/step_counts.h"

namespace rcodescope {

// The servers beside a spike: those that answered of late. One that had but errors is none of
// them: it may be anyone's, whose answers were never asked for.
struct FleetState {
  bool fails = false;  // another spike of the code goes on
  // Of each: more than usual of the spike's code, a step.
  std::map<std::string, double, std::less<>> excess;
};

class SpikeCase {
 public:
  // `spike` with code, dimension, key, kind and times. `watch` is borrowed. `high_share`: as
  // RateWatch::SpanHigh had it; 0 with a baseline. `step`: ns.
  SpikeCase(Spike spike, size_t code, KeyWatch& watch, double high_share, int64_t step);

  const Spike& spike() const { return spike_; }
  size_t code() const { return code_; }
  KeyWatch& watch() { return *watch_; }
  const KeyWatch& watch() const { return *watch_; }

  // Whether its responses belong to this spike.
  bool Holds(const ErrorGroup& group) const;

  // Responses from before it was found.
  void AddPast(const ErrorGroup& group, double count) { evidence_.Add(group, count); }
  void BeginPastStep() { evidence_.BeginStep(); }

  // One more step. `owners`: of its groups, which spike they belong to; null: none.
  // `usual_completeness`: of the frames, how many are seen when all is well.
  using Owners = std::vector<const SpikeCase*>;
  void Add(const StepCounts& counts, const Owners& owners, Timestamp end,
           double usual_completeness);

  // Keeps no more than about `most` combinations of keys.
  void Bound(size_t most) { evidence_.Bound(most); }

  // How many clients got it, for how many names, in this step.
  void AddSpread(const StepCounts& counts);

  // Whether both are of one incident: two servers of which the same is said, or two addresses of
  // one, which began together; or two zones of an attack with made-up names that goes from zone to
  // zone. This one is told of as a reason of the other one, and on its own no more.
  bool IsOneWith(const SpikeCase& other) const;
  void Join(SpikeCase& other);
  // The one that it has joined; null: none.
  SpikeCase* joined() const { return joined_; }

  // Steps that were added.
  size_t steps() const { return steps_; }
  // Whether it was still going on in the last of them.
  bool high() const { return calm_ == 0; }
  bool over() const;
  // Much lower than at its highest: what it is of can be told no more.
  bool fading() const { return IsFaint(spike_.rate); }
  // More than usual, a second, at its highest.
  double most() const { return highest_ - spike_.baseline; }
  // As fading(), in the last step alone.
  bool faint() const { return IsFaint(watch_->rate.Mean(1) / step_seconds_); }

  // Class, reasons, parts and text anew.
  void Describe(const UsualGroups& usual, const FleetState& fleet);

  // It goes on as long as one that has joined it.
  void GoOnWith(const SpikeCase& other) { last_high_ = std::max(last_high_, other.last_high_); }
  // The end: rate and share become those at the highest, in the sentence, too.
  Spike Close();
  bool closed() const { return !watch_->held; }

 private:
  struct Variety {
    double names = 0;
    double responses = 0;
    double windows = 0;
    RoughCount sketch;    // of the names of the first windows
    double sketched = 0;  // responses of these
  };

  void Measure();
  bool IsFaint(double rate) const;
  bool BeganBeside(const SpikeCase& other, double steps) const;
  void ListJoined();
  void AddVariety(SpikeFeatures& features) const;
  double CountClients(std::span<const Surplus> surplus, double net) const;
  // More than usual, a step, as the evidence weighs it.
  double NetExcess() const;
  void AddFleet(const FleetState& fleet, std::span<const Surplus> surplus,
                SpikeFeatures& features) const;

  Spike spike_;
  size_t code_;
  KeyWatch* watch_;
  double high_share_;
  double step_seconds_;
  SpikeEvidence evidence_;
  SpikeFeatures features_;                  // as described last
  std::map<std::string, Variety> variety_;  // by zone; empty: all
  double clients_ = 0;                      // the most of a window
  RoughCount client_sketch_;                // of all windows
  std::vector<std::string> joined_keys_;    // of those that have joined it
  Timestamp joined_last_;                   // the latest begin of them, and its own
  size_t own_reasons_ = 0;                  // of its reasons, before those that it has from them
  SpikeCase* joined_ = nullptr;             // that it has joined
  size_t steps_ = 0;
  size_t calm_ = 0;
  Timestamp last_high_;
  double highest_ = 0;        // responses a second
  double highest_share_ = 0;  // then
};

}  // namespace rcodescope
