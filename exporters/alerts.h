// Alerts as Alertmanager's v2 API takes them: of spikes, and of siblings that disagree.
#pragma once

#include <map>
#include <span>
#include <string>

#include <nlohmann/json.hpp>

#include "aggregate/spike.h"
#include "capture/packet.h"

namespace rcodescope {

struct Alert {
  // Do not change while it goes on, and no other alert that goes on has the same.
  nlohmann::ordered_json labels;
  nlohmann::ordered_json annotations;  // what does change, and words
  Timestamp begin;
  Timestamp detected;  // tells it from an earlier one with the same labels
  bool over = false;
};

// Of what goes on, by their labels as text. `instance` is one of the labels: which sensor this is.
// RcodescopeSpike and RcodescopeDisagreement, not as the alerts by rules: who gets both can tell
// them apart. Siblings have to disagree for 5 minutes, and without a spike of that code, which is
// told by itself. `now`: of the wall clock.
std::map<std::string, Alert> AlertsOf(const SpikeReport& report, Timestamp now,
                                      const std::string& instance);

// The body of a request. What goes on ends by itself when it is long overdue to be sent again.
std::string AlertsBody(std::span<const Alert> alerts, Timestamp now);

}  // namespace rcodescope
