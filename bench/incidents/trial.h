// One scenario through the spike detector and the yardsticks.
#pragma once

#include <nlohmann/json.hpp>

#include "bench/incidents/scenario.h"

namespace rcodescope {

// The truth, and what each of them said, as judge.py reads it.
nlohmann::ordered_json RunTrial(const Scenario& scenario);

}  // namespace rcodescope
