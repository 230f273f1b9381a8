// What is usual, as it is kept from one run for another.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "aggregate/spike.h"

namespace rcodescope {

// Of one rate. Counts are a step.
struct BaselineRow {
  Rcode rcode;
  SpikeDimension dimension = SpikeDimension::kOverall;
  std::string key;
  double rate = 0;
  double step_variance = 0;
  double run_variance = 0;  // of UsualRate::kRun steps together
  double others = 0;        // responses of the same key with other codes
  double age = 0;           // steps that this was learned from
};

struct Baseline {
  double step_seconds = 1;
  double responses = 0;           // a second, of all
  std::vector<BaselineRow> rows;  // by code, dimension, key
};

}  // namespace rcodescope
