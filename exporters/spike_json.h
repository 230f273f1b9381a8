// Spikes as JSON, the same in the report, at the API and in alerts.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "aggregate/spike.h"

namespace rcodescope {

// A list, those that go on first.
nlohmann::ordered_json SpikeList(const SpikeReport& report);
// Siblings that answer differently, as an array.
nlohmann::ordered_json DisagreementList(const SpikeReport& report);

// What /api/v1/spikes answers: an object with `schema`, `spikes` and `disagreements`.
std::string SpikesDocument(const SpikeReport& report);

}  // namespace rcodescope
