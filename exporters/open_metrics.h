// A replay as time series, to be loaded into a Prometheus or VictoriaMetrics: the metrics page as
// it would have been read at equal steps of source time, in the OpenMetrics text format with times.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aggregate/snapshot.h"

namespace rcodescope {

// Where text goes, piece by piece. False: it cannot be taken, and no more is wanted.
using TextSink = std::function<bool(std::string_view)>;

// Series as the page has them, with the labels job="rcodescope" and instance="replay" that a scrape
// would give them. A sample stands at the end of each step and one at the beginning of the first,
// where every counter is 0: over any range that begins and ends at steps, rate() and increase() are
// exact. A counter that comes up later is 0 until then. Where nothing happens for more than
// 5 minutes, which is as far back as Prometheus looks, samples are left out.
//
// Holds what changes, in memory. One thread.
class Backfill {
 public:
  // `step`: ns between two samples, more than 0. `version` goes into build_info.
  Backfill(int64_t step, std::string version) : step_(step), version_(std::move(version)) {}

  // Snapshots in order, no more than one of a step: each of the step that its last packet lies in.
  // One without packets is passed over.
  void Add(const Snapshot& snapshot);

  // All of it: by family, then series, then time, the times in seconds; the last line is "# EOF".
  // False when `sink` refused.
  bool Write(const TextSink& sink) const;

 private:
  struct Change {
    int64_t step;  // the sample at whose end has it first
    double value;
  };
  struct Series {
    std::vector<Change> changes;
    int64_t last = 0;  // the last step that has it
  };
  struct Family {
    std::string help;
    bool counter = true;
    std::map<std::string, Series> series;  // by their labels, as written
  };

  bool WriteSeries(const std::string& name, const Series& series, const TextSink& sink) const;

  const int64_t step_;
  const std::string version_;
  std::vector<int64_t> steps_;  // of the snapshots
  std::map<std::string, Family> families_;
};

}  // namespace rcodescope
