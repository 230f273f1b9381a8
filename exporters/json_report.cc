#include "exporters/json_report.h"

#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "exporters/spike_json.h"
#include "exporters/sums.h"
#include "exporters/time_format.h"

namespace rcodescope {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchema = 1;
constexpr std::array<size_t, kRcodeSpaces> kUnassignedNamed = {4096, 1024, 1024};
constexpr std::array<size_t, kRcodeSpaces> kFewUnassignedNamed = {64, 64, 64};

Json TimeOrNull(Timestamp time) { return time == kNoTime ? Json(nullptr) : Json(Rfc3339(time)); }

// An integer where it is one, so that a second reads 1 and not 1.0.
Json Seconds(int64_t ns) {
  if (ns % kNanosPerSecond == 0) return ns / kNanosPerSecond;
  return static_cast<double>(ns) / static_cast<double>(kNanosPerSecond);
}

template <size_t N>
Json ByName(const std::array<std::string_view, N>& names, const std::array<uint64_t, N>& counts) {
  Json object = Json::object();
  for (size_t i = 0; i < N; ++i) object[std::string(names[i])] = counts[i];
  return object;
}

Json Sources(const Snapshot& snapshot) {
  Json list = Json::array();
  for (const InputFile& file : snapshot.sources) {
    const bool failed = file.error != InputError::kNone;
    list.push_back({{"name", file.name},
                    {"packets", file.packets},
                    {"bytes", file.bytes},
                    {"skipped_bytes", file.skipped},
                    {"error", failed ? Json(file.message) : Json(nullptr)}});
  }
  return list;
}

// By stage; of those that the source knows.
Json Dropped(const Snapshot& snapshot) {
  Json object = {{"filter", snapshot.frames.filtered}};
  for (size_t stage = 0; stage < kDropStages; ++stage) {
    std::optional<uint64_t> sum;
    for (const CaptureStats& queue : snapshot.queues) {
      if (queue.dropped[stage].has_value()) sum = sum.value_or(0) + *queue.dropped[stage];
    }
    if (sum.has_value()) object[std::string(kDropStageNames[stage])] = *sum;
  }
  return object;
}

Json Frames(const FrameLedger& frames, const Snapshot& snapshot) {
  Json dispositions = Json::object();
  for (size_t i = 0; i < kDispositions; ++i) {
    dispositions[std::string(kDispositionTable[i].name)] = frames.dispositions[i];
  }
  Json reassembly = Json::object();
  for (size_t i = 0; i < kReassemblyEvents; ++i) {
    reassembly[std::string(kReassemblyTable[i].name)] = snapshot.reassembly[i];
  }
  return {{"seen", frames.seen},
          {"dispositions", std::move(dispositions)},
          {"dropped", Dropped(snapshot)},
          {"held", frames.held},
          {"residual", frames.residual},
          {"record_anomalies", ByName(kRecordAnomalyNames, snapshot.record_anomalies)},
          {"reassembly", std::move(reassembly)}};
}

Json Messages(const Snapshot& snapshot) {
  Json anomalies = Json::object();
  for (size_t i = 0; i < kAnomalies; ++i) {
    anomalies[std::string(kAnomalyTable[i].name)] = snapshot.anomalies[i];
  }
  Json refused = Json::object();
  for (size_t i = 0; i < kEvidenceRefusals; ++i) {
    refused[std::string(kEvidenceRefusalTable[i].name)] = snapshot.zone_cuts.refusals[i];
  }
  const auto of = [&](Disposition disposition) {
    return snapshot.frames.dispositions[static_cast<size_t>(disposition)];
  };
  return {
      {"queries", snapshot.query_total},
      {"responses", snapshot.response_total},
      {"malformed", ByName(kMalformedNames, snapshot.malformed)},
      {"anomalies", std::move(anomalies)},
      {"low4_reasons", ByName(kLow4ReasonNames, snapshot.low4_reasons)},
      {"transfers", ByName(kTransferNames, snapshot.transfers)},
      {"nxdomain_via_cname", snapshot.nxdomain_via_cname},
      {"zone_evidence_refused", std::move(refused)},
      {"other_protocol", {{"mdns", of(Disposition::kMdns)}, {"llmnr", of(Disposition::kLlmnr)}}}};
}

Json RcodeEntryOf(const std::string& name, const Json& code, RcodeSpace space, Opcode opcode,
                  Certainty certainty, uint64_t responses) {
  return {{"rcode", name},
          {"code", code},
          {"space", kRcodeSpaceNames[static_cast<size_t>(space)]},
          {"opcode", OpcodeName(opcode)},
          {"certainty", kCertaintyNames[static_cast<size_t>(certainty)]},
          {"responses", responses}};
}

Json Rcodes(const Snapshot& snapshot, const RcodeNames& names) {
  Json list = Json::array();
  std::map<std::tuple<RcodeSpace, Opcode, Certainty>, uint64_t> other;
  for (const RcodeRow& row : RcodeRows(snapshot)) {
    if (!names.Named(row.rcode)) {
      other[{row.rcode.space, row.opcode, row.certainty}] += row.responses;
      continue;
    }
    list.push_back(RcodeEntryOf(names(row.rcode), row.rcode.code, row.rcode.space, row.opcode,
                                row.certainty, row.responses));
  }
  for (const auto& [key, responses] : other) {
    const auto& [space, opcode, certainty] = key;
    list.push_back(RcodeEntryOf(kOther, nullptr, space, opcode, certainty, responses));
  }
  return list;
}

Json HeaderRcodes(const Snapshot& snapshot) {
  Json object = Json::object();
  for (size_t i = 0; i < snapshot.header_rcodes.size(); ++i) {
    if (snapshot.header_rcodes[i] == 0) continue;
    object[RcodeName({RcodeSpace::kDns, static_cast<uint16_t>(i)})] = snapshot.header_rcodes[i];
  }
  return object;
}

// All but kNone, which is no answer's kind.
Json AnswerKinds(const Snapshot& snapshot) {
  Json object = ByName(kAnswerKindNames, snapshot.answer_kinds);
  object.erase(std::string(kAnswerKindNames[static_cast<size_t>(AnswerKind::kNone)]));
  return object;
}

Json Ede(const Snapshot& snapshot, const RcodeNames& names) {
  std::map<std::pair<uint16_t, Rcode>, uint64_t> sums;
  std::map<uint16_t, uint64_t> other;
  for (const EdeCount& ede : snapshot.ede) {
    if (names.Named(ede.rcode)) {
      sums[{ede.info_code, ede.rcode}] += ede.count;
    } else {
      other[ede.info_code] += ede.count;
    }
  }
  // By name: one row for each pair that can be told apart in the report.
  std::map<std::pair<uint16_t, std::string>, size_t> places;
  Json list = Json::array();
  const auto add = [&](uint16_t info_code, const std::string& rcode, uint64_t count) {
    const auto [place, is_new] = places.emplace(std::pair(info_code, rcode), list.size());
    if (is_new) list.push_back({{"info_code", info_code}, {"rcode", rcode}, {"responses", 0U}});
    Json& responses = list[place->second]["responses"];
    responses = responses.get<uint64_t>() + count;
  };
  for (const auto& [key, count] : sums) add(key.first, names(key.second), count);
  for (const auto& [info_code, count] : other) add(info_code, kOther, count);
  return list;
}

Json Keys(std::string_view dimension, const DimensionCount& counts, const RcodeNames& names) {
  Json list = Json::array();
  const auto add = [&](const std::string& key, const KeyCount& count) {
    Json rcodes = Json::object();
    for (const auto& [name, responses] : SumByName(count.rcodes, names)) rcodes[name] = responses;
    list.push_back({{std::string(dimension), key},
                    {"responses", count.responses},
                    {"rcodes", std::move(rcodes)}});
  };
  for (const KeyCount& key : counts.top) add(key.key, key);
  add(kOther, counts.other);
  return list;
}

Json Limits(const Snapshot& snapshot) {
  Json object = Json::object();
  for (size_t i = 0; i < kDimensions; ++i) {
    const DimensionCount& counts = snapshot.dimensions[i];
    object[std::string(kDimensionNames[i]) + "s"] = {{"tracked", counts.tracked},
                                                     {"capacity", counts.capacity},
                                                     {"other_responses", counts.overflow_responses},
                                                     {"evicted", counts.evicted},
                                                     {"error_bound", counts.error_bound}};
  }
  object["nsids"] = {{"tracked", snapshot.nsids.tracked},
                     {"capacity", snapshot.nsids.capacity},
                     {"other_responses", snapshot.nsids.overflow_responses}};
  const ZoneCutCount& cuts = snapshot.zone_cuts;
  object["zone_cuts"] = {{"tracked", cuts.tracked},
                         {"capacity", cuts.capacity},
                         {"refused", cuts.refusals[static_cast<size_t>(EvidenceRefusal::kNoRoom)]}};
  return object;
}

// How many different keys there were, by what they got.
Json UniqueKeys(const Snapshot& snapshot) {
  Json object = Json::object();
  for (size_t i = 0; i < kDimensions; ++i) {
    Json groups = Json::object();
    for (size_t group = 0; group < kUniqueGroups; ++group) {
      groups[std::string(kUniqueGroupTable[group].name)] = snapshot.unique_in_all[i][group];
    }
    object[std::string(kDimensionNames[i]) + "s"] = std::move(groups);
  }
  return object;
}

Json Series(const SeriesCount& series, const RcodeNames& names) {
  const bool empty = series.steps == 0 || series.step == 0;
  std::vector<std::pair<std::string, std::vector<uint64_t>>> sums;
  std::map<std::string, size_t> places;
  for (const auto& [rcode, steps] : series.rcodes) {
    const auto [place, is_new] = places.emplace(names(rcode), sums.size());
    if (is_new) sums.emplace_back(place->first, std::vector<uint64_t>(series.steps));
    std::vector<uint64_t>& sum = sums[place->second].second;
    for (size_t i = 0; i < steps.size() && i < sum.size(); ++i) sum[i] += steps[i];
  }
  Json rcodes = Json::object();
  for (auto& [name, steps] : sums) rcodes[name] = std::move(steps);
  return {{"begin", empty ? Json(nullptr) : TimeOrNull(series.begin)},
          {"step_seconds", Seconds(series.step)},
          {"rcodes", std::move(rcodes)}};
}

Json ReportOf(const Snapshot& snapshot, const std::array<size_t, kRcodeSpaces>& unassigned_named) {
  const RcodeNames names(snapshot, unassigned_named);
  Json report;
  report["schema"] = kSchema;
  report["sources"] = Sources(snapshot);
  report["time"] = {{"first", TimeOrNull(snapshot.first)},
                    {"last", TimeOrNull(snapshot.last)},
                    {"window_seconds", Seconds(snapshot.window)}};
  if (!snapshot.filter.empty()) {
    report["filter"] = {{"options", snapshot.filter}, {"left_out_messages", snapshot.left_out}};
  }
  report["frames"] = Frames(snapshot.frames, snapshot);
  report["messages"] = Messages(snapshot);
  report["rcodes"] = Rcodes(snapshot, names);
  report["header_rcodes"] = HeaderRcodes(snapshot);
  report["answer_kinds"] = AnswerKinds(snapshot);
  report["ede"] = Ede(snapshot, names);
  for (size_t i = 0; i < kDimensions; ++i) {
    report[std::string(kDimensionNames[i]) + "s"] =
        Keys(kDimensionNames[i], snapshot.dimensions[i], names);
  }
  report["sites"] = snapshot.has_sites ? Keys("site", snapshot.sites, names) : Json::array();
  report["nsids"] = Keys("nsid", snapshot.nsids, names);
  report["limits"] = Limits(snapshot);
  report["unique_keys_estimate"] = UniqueKeys(snapshot);
  report["series"] = Series(snapshot.series, RcodeNames(snapshot, kFewUnassignedNamed));
  report["spikes"] = SpikeList(snapshot.spikes);
  report["disagreements"] = DisagreementList(snapshot.spikes);
  return report;
}

std::string Text(const Json& report, int indent) {
  return report.dump(indent, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string JsonReport(const Snapshot& snapshot, const AlertHistory* alerts) {
  Json report = ReportOf(snapshot, kUnassignedNamed);
  if (alerts != nullptr) report["alerts"] = AlertList(*alerts);
  return Text(report, 2);
}

std::string ShortJsonReport(const Snapshot& snapshot) {
  return Text(ReportOf(snapshot, kFewUnassignedNamed), -1);
}

}  // namespace rcodescope
