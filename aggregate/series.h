// Responses per code over source time, in a bounded number of equal steps.
#pragma once

#include <array>
#include <cstdint>
#include <map>

#include "aggregate/snapshot.h"
#include "aggregate/step_axis.h"

namespace rcodescope {

// The step is the window, doubled until the whole time fits into kMostSteps. The result does not
// depend on the order in which counts come. Not thread-safe.
class Series {
 public:
  static constexpr int64_t kMostSteps = 3600;

  explicit Series(int64_t window) : window_(window) {}

  // Counts `count` responses in slice `window` of source time.
  void Add(int64_t window, Rcode rcode, uint64_t count);

  // Counts what was counted under `from` under `to` instead.
  void Fold(Rcode from, Rcode to);

  SeriesCount Build() const;

 private:
  void Widen();

  int64_t window_;  // ns
  StepAxis axis_{kMostSteps};
  std::map<int64_t, std::map<Rcode, uint64_t>> steps_;
};

}  // namespace rcodescope
