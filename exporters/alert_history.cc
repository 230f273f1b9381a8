#include "exporters/alert_history.h"

#include <algorithm>
#include <iterator>

#include "exporters/printable.h"
#include "exporters/step_series.h"
#include "exporters/text_report.h"
#include "exporters/text_table.h"
#include "exporters/time_format.h"

namespace rcodescope {
namespace {

constexpr char kName[] = "alertname";

// The same in nearly all of them.
bool IsOfTheTarget(const std::string& label, const std::string& value) {
  return std::any_of(std::begin(kReplayTarget), std::end(kReplayTarget),
                     [&](const auto& one) { return label == one.first && value == one.second; });
}

std::string TextOf(const std::optional<Timestamp>& time) {
  return time ? Rfc3339(*time, 0) : std::string("-");
}

nlohmann::ordered_json JsonOf(const std::optional<Timestamp>& time) {
  if (time) return Rfc3339(*time);
  return nullptr;
}

}  // namespace

std::string AlertRun::name() const {
  const auto found = labels.find(kName);
  return found == labels.end() ? "" : found->second;
}

std::string AlertSection(const AlertHistory& alerts, const TextStyle& style, size_t width) {
  if (alerts.empty()) {
    TextTable none({{""}});
    none.Add({{"none was pending or firing", Ink::kFaint}});
    return none.Render(width, style.color);
  }
  TextTable table(
      {{"alert"}, {"pending"}, {"firing"}, {"resolved"}, {"labels", false, Fit::kWrap}});
  for (const AlertRun& alert : alerts) {
    std::string labels;
    for (const auto& [label, value] : alert.labels) {
      if (label == kName || IsOfTheTarget(label, value)) continue;
      labels += (labels.empty() ? "" : " ") + label + "=" + value;
    }
    table.Add({{Printable(alert.name()), alert.firing ? Ink::kError : Ink::kWarning},
               {TextOf(alert.pending)},
               {TextOf(alert.firing)},
               {TextOf(alert.resolved)},
               {Printable(labels), Ink::kFaint}});
  }
  return table.Render(width, style.color);
}

nlohmann::ordered_json AlertList(const AlertHistory& alerts) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const AlertRun& alert : alerts) {
    nlohmann::ordered_json labels = nlohmann::ordered_json::object();
    for (const auto& [label, value] : alert.labels) {
      if (label != kName) labels[label] = value;
    }
    list.push_back({{"name", alert.name()},
                    {"labels", std::move(labels)},
                    {"pending", JsonOf(alert.pending)},
                    {"firing", JsonOf(alert.firing)},
                    {"resolved", JsonOf(alert.resolved)}});
  }
  return list;
}

}  // namespace rcodescope
