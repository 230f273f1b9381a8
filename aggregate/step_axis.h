// Source time in a bounded number of equal steps.
#pragma once

#include <algorithm>
#include <cstdint>

#include "capture/packet.h"

namespace rcodescope {

// A step is one slice, doubled until all slices fit into `most` steps; steps are aligned to whole
// multiples. Where they lie does not depend on the order in which slices come.
class StepAxis {
 public:
  explicit StepAxis(int64_t most) : most_(most) {}

  // Makes room for a slice. Answers with how many times the steps doubled for it: each time, step n
  // became part of step Half(n).
  int Reach(int64_t slice) {
    const int64_t step = StepOf(slice);
    first_ = empty_ ? step : std::min(first_, step);
    last_ = empty_ ? step : std::max(last_, step);
    empty_ = false;
    int doublings = 0;
    for (; last_ - first_ >= most_; ++doublings) {
      first_ = Half(first_);
      last_ = Half(last_);
      factor_ *= 2;
    }
    return doublings;
  }
  int64_t StepOf(int64_t slice) const { return SliceOf({slice}, factor_); }
  static int64_t Half(int64_t step) { return SliceOf({step}, 2); }

  bool empty() const { return empty_; }
  int64_t factor() const { return factor_; }  // slices in a step
  // Steps with a slice; not when it is empty.
  int64_t first() const { return first_; }
  int64_t last() const { return last_; }

 private:
  int64_t most_;
  int64_t factor_ = 1;
  bool empty_ = true;
  int64_t first_ = 0;
  int64_t last_ = 0;
};

}  // namespace rcodescope
