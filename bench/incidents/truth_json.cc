#include "bench/incidents/truth_json.h"

#include <string>

namespace rcodescope {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMostKeys = 200;  // of a truth, in its line

Json Seconds(Timestamp time) { return static_cast<double>(time.ns) / kNanosPerSecond; }
Json Seconds(const std::optional<Timestamp>& time) { return time ? Seconds(*time) : Json(nullptr); }

std::string CodeName(uint16_t code) { return RcodeName({RcodeSpace::kDns, code}); }

template <typename Number, typename Name>
Json Names(const std::vector<Number>& numbers, Name name) {
  Json list = Json::array();
  for (const Number number : numbers) {
    if (list.size() < kMostKeys) list.push_back(name(number));
  }
  return list;
}

// Both addresses of each.
Json ServerNames(const Incident& incident, const Sensor& sensor) {
  Json list = Json::array();
  for (const uint16_t server : incident.servers) {
    for (const Family family : {Family::kIpv4, Family::kIpv6}) {
      list.push_back(sensor.Server(server, family).ToString());
    }
  }
  return list;
}

Json SurgeJson(const Surge& surge) {
  return {{"kind", kSurgeKindNames[static_cast<size_t>(surge.kind)]},
          {"begin", Seconds(surge.begin)},
          {"seconds", surge.seconds},
          {"rise", surge.rise},
          {"size", surge.size}};
}

}  // namespace

Json ScenarioJson(const Scenario& scenario) {
  const Sensor& sensor = scenario.sensor;
  Json shares;
  for (const CodeProfile& profile : sensor.codes) shares[CodeName(profile.code)] = profile.share;
  Json surges = Json::array();
  for (const Surge& surge : scenario.surges) surges.push_back(SurgeJson(surge));
  Json losses = Json::array();
  for (const Loss& loss : scenario.losses) {
    losses.push_back({{"begin", Seconds(loss.begin)},
                      {"seconds", loss.seconds},
                      {"completeness", loss.completeness}});
  }
  return {{"seed", scenario.seed},
          {"sensor", kSensorKindNames[static_cast<size_t>(sensor.kind)]},
          {"rate", sensor.rate},
          {"shares", shares},
          {"begin", Seconds(scenario.begin)},
          {"seconds", scenario.seconds},
          {"surges", surges},
          {"losses", losses}};
}

Json TruthJson(const Truth& truth, const Sensor& sensor) {
  const Incident& incident = truth.incident;
  const IncidentKindEntry& kind = kIncidentKindTable[static_cast<size_t>(incident.kind)];
  Json causes = Json::array();
  if (incident.zone_is_cause) causes.push_back("zone");
  if (incident.server_is_cause) causes.push_back("server");
  if (incident.client_is_cause) causes.push_back("client");
  return {{"kind", kind.name},
          {"class", kSpikeClassTable[static_cast<size_t>(kind.spike_class)].name},
          {"shape", kIncidentShapeNames[static_cast<size_t>(incident.shape)]},
          {"rcode", CodeName(incident.code)},
          {"begin", Seconds(incident.begin)},
          {"end", Seconds(incident.end())},
          {"due", Seconds(truth.due)},
          {"size", incident.size},
          {"usual", truth.usual},
          {"extra", incident.extra},
          {"zones", Names(incident.zones, [&](uint32_t zone) { return sensor.zones[zone]; })},
          {"servers", ServerNames(incident, sensor)},
          {"clients", Names(incident.clients,
                            [](uint32_t client) { return Sensor::Client(client).ToString(); })},
          {"info_codes", incident.info_codes},
          {"names", incident.names},
          {"causes", causes}};
}

Json SpikeJson(const Spike& spike) {
  Json parts = Json::array();
  for (const SpikePart& part : spike.explains) {
    parts.push_back({{"zone", part.zone},
                     {"server", part.server},
                     {"client", part.client},
                     {"qtype", part.qtype},
                     {"ede", part.info_code},
                     {"share", part.share}});
  }
  return {{"rcode", RcodeName(spike.rcode)},
          {"dimension", kSpikeDimensionNames[static_cast<size_t>(spike.dimension)]},
          {"key", spike.key},
          {"site", spike.site},
          {"kind", kSpikeKindNames[static_cast<size_t>(spike.kind)]},
          {"provisional", spike.provisional},
          {"begin", Seconds(spike.begin)},
          {"detected", Seconds(spike.detected)},
          {"end", Seconds(spike.end)},
          {"rate", spike.rate},
          {"baseline", spike.baseline},
          {"share", spike.share},
          {"completeness", spike.completeness},
          {"class", kSpikeClassTable[static_cast<size_t>(spike.spike_class)].name},
          {"reasons", spike.reasons},
          {"explains", parts},
          {"text", spike.text}};
}

Json DisagreementJson(const Disagreement& one) {
  return {{"rcode", RcodeName(one.rcode)},
          {"dimension", one.kind == SiblingKind::kServer ? "server" : "site"},
          {"key", one.odd.key},
          {"zones", one.zones},
          {"begin", Seconds(one.begin)},
          {"detected", Seconds(one.detected)},
          {"end", Seconds(one.end)},
          {"text", one.text}};
}

Json AlarmJson(uint16_t code, const Alarm& alarm) {
  return {{"rcode", CodeName(code)},
          {"dimension", kSpikeDimensionNames[static_cast<size_t>(alarm.dimension)]},
          {"key", alarm.key},
          {"detected", Seconds(alarm.detected)},
          {"end", Seconds(alarm.end)}};
}

}  // namespace rcodescope
