// What alert rules would have made of a replay.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "capture/packet.h"

namespace rcodescope {

// An alert from its first evaluation to its end.
struct AlertRun {
  std::map<std::string, std::string> labels;  // with alertname
  std::optional<Timestamp> pending;           // nothing where it fired at once
  std::optional<Timestamp> firing;            // nothing where it never did
  std::optional<Timestamp> resolved;  // first evaluation without it; nothing: it outlasts the input

  std::string name() const;
};

// In order of their beginnings, then of labels.
using AlertHistory = std::vector<AlertRun>;

struct TextStyle;

// The section's body in the report for people; of the labels, those that a replay gives to every
// series are left out.
std::string AlertSection(const AlertHistory& alerts, const TextStyle& style, size_t width);

// An array of objects with `name`, `labels` (without alertname), `pending`, `firing`, `resolved`:
// times or null.
nlohmann::ordered_json AlertList(const AlertHistory& alerts);

}  // namespace rcodescope
