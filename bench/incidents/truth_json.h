// Truth, and what detectors say of it, as JSON. A spike has the keys that it has in a report; times
// are in seconds since 1970.
#pragma once

#include <nlohmann/json.hpp>

#include "aggregate/spike.h"
#include "bench/incidents/scenario.h"
#include "bench/incidents/stream.h"
#include "bench/incidents/yardsticks.h"

namespace rcodescope {

nlohmann::ordered_json ScenarioJson(const Scenario& scenario);
nlohmann::ordered_json TruthJson(const Truth& truth, const Sensor& sensor);
nlohmann::ordered_json SpikeJson(const Spike& spike);
nlohmann::ordered_json DisagreementJson(const Disagreement& one);
nlohmann::ordered_json AlarmJson(uint16_t code, const Alarm& alarm);

}  // namespace rcodescope
