// Finds spikes in windows: what is more than usual, and who makes it up.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "aggregate/baseline.h"
#include "aggregate/spike.h"
#include "aggregate/window.h"

namespace rcodescope {

// When responses with one code are a spike.
struct SpikeLimits {
  Rcode rcode;
  double floor = 0;      // responses a second: fewer are never a spike
  double factor = 0;     // times the baseline: less is never a spike
  double zone_part = 0;  // of what is usual of all: a zone with less on top of its own is no spike
  double normal_share = 0;  // before there is a baseline: of the responses, more is high_from_start
};

struct SpikeOptions {
  int64_t window = kNanosPerSecond;  // ns
  std::vector<SpikeLimits> rcodes = {
      {{RcodeSpace::kDns, kRcodeServFail}, 5, 2, 0.3, 0.10},
      {{RcodeSpace::kDns, kRcodeRefused}, 5, 2, 0.3, 0.25},
      {{RcodeSpace::kDns, kRcodeNxDomain}, 20, 2, 0.5, 0.80},
  };
  size_t most_servers = 1024;  // followed at once; the busiest by error responses
  size_t most_zones = 4096;
  size_t most_sites = 256;
  size_t most_groups = 16'384;  // of error groups that may turn out to be part of one, by code
  size_t most_rows = 32'768;    // of groups that are part of those that go on, all together
  size_t most_siblings = 1536;  // servers of zones, all together, that are compared in a minute
  size_t most_kept = 1000;      // spikes that have ended
};

// The same windows give the same spikes. Memory is bounded by the options. Not thread-safe.
class SpikeDetector {
 public:
  explicit SpikeDetector(const SpikeOptions& options = {});
  ~SpikeDetector();
  SpikeDetector(SpikeDetector&&) noexcept;
  SpikeDetector& operator=(SpikeDetector&&) noexcept;

  // Begins with what was usual in another run. To be called before the first window.
  void Load(const Baseline& baseline);
  // What is usual now, for another run.
  Baseline Save() const;

  // In order of their begin. Time between two windows is a gap: nothing is known of it.
  void Add(const Window& window);

  // Spikes that go on, in order of detection.
  std::span<const Spike> active() const;
  // Those that have ended, in order of their end; the last `most_kept`.
  std::span<const Spike> ended() const;
  // Of those codes and dimensions that had any, in the order in which they came first.
  std::span<const SpikeTally> tallies() const;
  // Siblings that answer differently: see SiblingWatch.
  std::span<const Disagreement> active_disagreements() const;
  std::span<const Disagreement> ended_disagreements() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

// All that it has found and keeps.
SpikeReport ReportOf(const SpikeDetector& detector);

}  // namespace rcodescope
