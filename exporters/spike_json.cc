#include "exporters/spike_json.h"

#include <utility>

#include "exporters/enum_name.h"
#include "exporters/time_format.h"
#include "parse/protocol.h"
#include "parse/rcode.h"

namespace rcodescope {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchema = 1;

Json TextOrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json PartOf(const SpikePart& part) {
  return {{"zone", part.zone},
          {"server", part.server},
          {"client", part.client},
          {"qtype", part.qtype == 0 ? std::string() : TypeName(part.qtype)},
          {"ede", part.info_code < 0 ? Json(nullptr) : Json(part.info_code)},
          {"share", part.share}};
}

Json SpikeObject(const Spike& spike) {
  const SpikeClassEntry& entry = kSpikeClassTable[static_cast<size_t>(spike.spike_class)];
  Json explains = Json::array();
  for (const SpikePart& part : spike.explains) explains.push_back(PartOf(part));
  return {{"rcode", RcodeName(spike.rcode)},
          {"opcode", OpcodeName(Opcode::kQuery)},
          {"dimension", NameOf(kSpikeDimensionNames, spike.dimension)},
          {"key", spike.key},
          {"site", TextOrNull(spike.site)},
          {"kind", NameOf(kSpikeKindNames, spike.kind)},
          {"begin", Rfc3339(spike.begin)},
          {"end", spike.end ? Json(Rfc3339(*spike.end)) : Json(nullptr)},
          {"detected", Rfc3339(spike.detected)},
          {"rate", spike.rate},
          {"baseline", spike.baseline},
          {"baseline_provisional", spike.provisional},
          {"share", spike.share},
          {"completeness", spike.completeness},
          {"clients_estimate", spike.clients_estimate},
          {"class", std::string(entry.name)},
          {"reasons", spike.reasons},
          {"check_next", std::string(entry.check_next)},
          {"explains", std::move(explains)},
          {"text", spike.text}};
}

Json SiblingObject(const Sibling& sibling) {
  return {{"key", sibling.key}, {"responses", sibling.responses}, {"share", sibling.share}};
}

Json DisagreementObject(const Disagreement& one) {
  Json siblings = Json::array();
  for (const Sibling& sibling : one.siblings) siblings.push_back(SiblingObject(sibling));
  return {{"rcode", RcodeName(one.rcode)},
          {"dimension", NameOf(kSiblingKindNames, one.kind)},
          {"odd", SiblingObject(one.odd)},
          {"siblings", std::move(siblings)},
          {"zones", one.zones},
          {"begin", Rfc3339(one.begin)},
          {"end", one.end ? Json(Rfc3339(*one.end)) : Json(nullptr)},
          {"detected", Rfc3339(one.detected)},
          {"check_next", std::string(kDisagreementCheckNext)},
          {"text", one.text}};
}

}  // namespace

Json SpikeList(const SpikeReport& report) {
  Json list = Json::array();
  for (const Spike& spike : report.spikes) list.push_back(SpikeObject(spike));
  return list;
}

Json DisagreementList(const SpikeReport& report) {
  Json list = Json::array();
  for (const Disagreement& one : report.disagreements) list.push_back(DisagreementObject(one));
  return list;
}

std::string SpikesDocument(const SpikeReport& report) {
  Json document;
  document["schema"] = kSchema;
  document["spikes"] = SpikeList(report);
  document["disagreements"] = DisagreementList(report);
  return document.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rcodescope
