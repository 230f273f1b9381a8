#include "exporters/alerts.h"

#include <algorithm>
#include <utility>

#include "exporters/enum_name.h"
#include "exporters/printable.h"
#include "exporters/spike_json.h"
#include "exporters/time_format.h"
#include "parse/rcode.h"

namespace rcodescope {
namespace {

using Json = nlohmann::ordered_json;

// 4 times what lies between two requests, as Prometheus has it.
constexpr int64_t kValid = 240 * kNanosPerSecond;
constexpr int64_t kPatience = 300 * kNanosPerSecond;
constexpr const char* kRunbooks = "file:///usr/share/doc/rcodescope/runbooks/";

struct Label {
  const char* name;
  std::string value;
};

// Those without a value are none.
Json Labels(std::initializer_list<Label> list) {
  Json labels = Json::object();
  for (const auto& [name, value] : list) {
    if (!value.empty()) labels[name] = Printable(value);
  }
  return labels;
}

Alert AlertOf(const Spike& spike, const std::string& instance) {
  const SpikeClassEntry& entry = kSpikeClassTable[static_cast<size_t>(spike.spike_class)];
  std::string why;
  for (const std::string& reason : spike.reasons) why += (why.empty() ? "" : "; ") + reason;
  const Json values = SpikeList({.spikes = {spike}})[0];
  return {.labels = Labels({{"alertname", "RcodescopeSpike"},
                            {"severity", "warning"},
                            {"rcode", RcodeName(spike.rcode)},
                            {"dimension", NameOf(kSpikeDimensionNames, spike.dimension)},
                            {"kind", NameOf(kSpikeKindNames, spike.kind)},
                            {"key", spike.key},
                            {"site", spike.site},
                            {"instance", instance}}),
          .annotations = {{"summary", Printable(spike.text)},
                          {"description", Printable(why)},
                          {"class", entry.name},
                          {"meaning", entry.meaning},
                          {"check_next", entry.check_next},
                          {"rate", values["rate"].dump()},
                          {"baseline", values["baseline"].dump()},
                          {"share", values["share"].dump()},
                          {"completeness", values["completeness"].dump()},
                          {"clients_estimate", values["clients_estimate"].dump()},
                          {"explains", Printable(values["explains"].dump())},
                          {"runbook_url", std::string(kRunbooks) + "RcodescopeSpikeDetected.md"}},
          .begin = spike.begin,
          .detected = spike.detected};
}

Alert AlertOf(const Disagreement& one, const std::string& instance) {
  const Json values = DisagreementList({.disagreements = {one}})[0];
  return {.labels = Labels({{"alertname", "RcodescopeDisagreement"},
                            {"severity", "warning"},
                            {"rcode", RcodeName(one.rcode)},
                            {"dimension", NameOf(kSiblingKindNames, one.kind)},
                            {"key", one.odd.key},
                            {"instance", instance}}),
          .annotations = {{"summary", "siblings disagree: " + Printable(one.text)},
                          {"description", kDisagreementMeaning},
                          {"check_next", kDisagreementCheckNext},
                          {"zones", Printable(values["zones"].dump())},
                          {"siblings", Printable(values["siblings"].dump())},
                          {"runbook_url",
                           std::string(kRunbooks) + "RcodescopeDisagreementDetected.md"}},
          .begin = one.begin,
          .detected = one.detected};
}

// Whether there was no spike of its code in the time that it has to last.
bool HasLasted(const Disagreement& one, std::span<const Spike> spikes, Timestamp now) {
  Timestamp since = one.detected;
  for (const Spike& spike : spikes) {
    if (spike.rcode == one.rcode) since = std::max(since, spike.end.value_or(now));
  }
  return now.ns - since.ns >= kPatience;
}

}  // namespace

std::map<std::string, Alert> AlertsOf(const SpikeReport& report, Timestamp now,
                                      const std::string& instance) {
  std::map<std::string, Alert> alerts;
  const auto add = [&](const auto& finding) {
    Alert alert = AlertOf(finding, instance);
    std::string labels = alert.labels.dump();
    alerts.emplace(std::move(labels), std::move(alert));
  };
  for (const Spike& spike : report.spikes) {
    if (!spike.end) add(spike);
  }
  for (const Disagreement& one : report.disagreements) {
    if (!one.end && HasLasted(one, report.spikes, now)) add(one);
  }
  return alerts;
}

std::string AlertsBody(std::span<const Alert> alerts, Timestamp now) {
  Json list = Json::array();
  for (const Alert& alert : alerts) {
    const Timestamp ends{alert.over ? now.ns : now.ns + kValid};
    list.push_back({{"labels", alert.labels},
                    {"annotations", alert.annotations},
                    {"startsAt", Rfc3339(std::min(alert.begin, now), 3)},
                    {"endsAt", Rfc3339(ends, 3)}});
  }
  return list.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

}  // namespace rcodescope
