// A replay as time series: the metrics page as it would have been read at equal steps of source
// time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <prometheus/client_metric.h>

#include "aggregate/snapshot.h"

namespace rcodescope {

// The labels that a scrape would give a replay's series beside their own.
inline constexpr std::pair<const char*, const char*> kReplayTarget[] = {{"job", "rcodescope"},
                                                                        {"instance", "replay"}};

// A sample stands at the end of each step and one at the beginning of the first, where every
// counter is 0: over any range that begins and ends at steps, rate() and increase() are exact. A
// counter that comes up later is 0 until then. Where nothing happens for more than 5 minutes, which
// is as far back as Prometheus looks, samples are left out.
//
// Holds what changes, in memory. One thread.
class StepSeries {
 public:
  using Labels = std::vector<prometheus::ClientMetric::Label>;

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
    std::map<Labels, Series> series;
  };

  // The samples of one series in order of time. All outlive it, and do not change meanwhile.
  class Walk {
   public:
    Walk(const StepSeries& all, const Series& series);
    // Goes to the first sample, then to the next. False: there is none.
    bool Next();
    int64_t step() const { return step_; }
    double value() const { return series_->changes[change_].value; }

   private:
    const StepSeries* all_;
    const Series* series_;
    size_t change_ = 0;
    std::vector<int64_t>::const_iterator known_;  // of the snapshots
    int64_t next_snapshot_;
    int64_t quiet_since_;
    int64_t candidate_;
    int64_t step_ = 0;
  };

  // `step`: ns between two samples, more than 0. `version` goes into build_info.
  StepSeries(int64_t step, std::string version) : step_(step), version_(std::move(version)) {}

  // Snapshots in order, no more than one of a step: each of the step that its last packet lies in.
  // One without packets is passed over.
  void Add(const Snapshot& snapshot);

  // By name.
  const std::map<std::string, Family>& families() const { return families_; }
  // Of the first samples and of the last snapshot; nothing where there is none.
  std::optional<int64_t> first_step() const;
  std::optional<int64_t> last_step() const;
  // ns between two samples.
  int64_t step() const { return step_; }
  // When a step ends, ns since 1970.
  int64_t EndOf(int64_t step) const { return (step + 1) * step_; }

 private:
  const int64_t step_;
  const std::string version_;
  std::vector<int64_t> steps_;  // of the snapshots
  std::map<std::string, Family> families_;
};

}  // namespace rcodescope
