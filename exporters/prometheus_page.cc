#include "exporters/prometheus_page.h"

#include <array>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

#include <prometheus/text_serializer.h>

#include "exporters/enum_name.h"
#include "exporters/frame_metrics.h"
#include "exporters/metric_builder.h"
#include "exporters/spike_metrics.h"
#include "exporters/sums.h"
#include "parse/extended_errors.h"

namespace rcodescope {
namespace {

using prometheus::MetricType;

constexpr size_t kUnassignedSeries = 64;

// NOERROR, FORMERR, SERVFAIL, NXDOMAIN, REFUSED: on the page from the start.
constexpr std::array<uint16_t, 5> kCommonCodes = {0, 1, 2, 3, 5};

std::string OpcodeLabel(Opcode opcode) { return IsAssigned(opcode) ? OpcodeName(opcode) : kOther; }

void AddResponses(const Snapshot& snapshot, const RcodeNames& names, Families& families) {
  MetricBuilder builder(
      "responses_total",
      "DNS responses by their most specific code, the field it was read from (space), opcode and "
      "certainty. With certainty low4 only the header's 4 bits are known: low4 YXRRSET may be "
      "BADCOOKIE and low4 NOERROR may be BADVERS.",
      MetricType::Counter, {"rcode", "space", "certainty", "opcode", "transport", "family"});
  const auto add = [&](const ResponseCount& count) {
    builder.Add({names(count.rcode), NameOf(kRcodeSpaceNames, count.rcode.space),
                 NameOf(kCertaintyNames, count.certainty), OpcodeLabel(count.opcode),
                 NameOf(kTransportNames, count.transport), NameOf(kFamilyNames, count.family)},
                static_cast<double>(count.count));
  };
  // There before the first of them, so that rate() sees it.
  for (const uint16_t code : kCommonCodes) {
    for (const Transport transport : {Transport::kUdp, Transport::kTcp}) {
      for (const Family family : {Family::kIpv4, Family::kIpv6}) {
        add({{RcodeSpace::kDns, code}, Certainty::kFull, Opcode::kQuery, transport, family, 0});
      }
    }
  }
  for (const ResponseCount& count : snapshot.responses) add(count);
  builder.MoveTo(families);
}

void AddQueries(const Snapshot& snapshot, Families& families) {
  MetricBuilder builder("queries_total", "DNS queries by the type asked for.", MetricType::Counter,
                        {"qtype", "opcode", "transport", "family"});
  for (const QueryCount& count : snapshot.queries) {
    builder.Add(
        {IsNamedType(count.qtype) ? TypeName(count.qtype) : kOther, OpcodeLabel(count.opcode),
         NameOf(kTransportNames, count.transport), NameOf(kFamilyNames, count.family)},
        static_cast<double>(count.count));
  }
  builder.MoveTo(families);
}

void AddKeys(const Snapshot& snapshot, const RcodeNames& names, Families& families) {
  for (size_t i = 0; i < kDimensions; ++i) {
    const std::string dimension(kDimensionNames[i]);
    MetricBuilder builder(dimension + "_responses_total",
                          "DNS responses by " + dimension +
                              " and code; other holds those of no key and of keys not listed. Both "
                              "certainties of a code are one here.",
                          MetricType::Counter, {dimension, "rcode"});
    const auto add = [&](const std::string& key, const KeyCount& count) {
      for (const auto& [rcode, responses] : count.rcodes) {
        builder.Add({key, names(rcode)}, static_cast<double>(responses));
      }
    };
    const DimensionCount& listed = snapshot.dimensions[i];
    const std::optional<ExportedKeys>& exported = snapshot.exported[i];
    for (const uint16_t code : kCommonCodes)
      builder.Add({kOther, RcodeName(Rcode{RcodeSpace::kDns, code})}, 0);
    for (const KeyCount& key : exported ? exported->keys : listed.top) add(key.key, key);
    add(kOther, exported ? exported->other : listed.other);
    builder.MoveTo(families);
  }
}

// By where they were seen: every site and NSID has a row of its own from its first response on.
void AddTaps(const Snapshot& snapshot, const RcodeNames& names, Families& families) {
  const auto add = [&](const DimensionCount& counts, const std::string& label,
                       const std::string& help) {
    MetricBuilder builder(label + "_responses_total", help, MetricType::Counter, {label, "rcode"});
    const auto add_row = [&](const std::string& key, const KeyCount& count) {
      for (const auto& [rcode, responses] : count.rcodes) {
        builder.Add({key, names(rcode)}, static_cast<double>(responses));
      }
    };
    for (const KeyCount& key : counts.top) add_row(key.key, key);
    add_row(kOther, counts.other);
    builder.MoveTo(families);
  };
  if (snapshot.has_sites) {
    add(snapshot.sites, "site",
        "DNS responses by the first configured site they match and code; other holds the rest.");
  }
  add(snapshot.nsids, "nsid",
      "DNS responses by the server's NSID (RFC 5001) and code; other holds those without one and "
      "of "
      "NSIDs beyond the limit.");
}

// Of a page that is read again and again: what has become of keys that were on it.
void AddKeyChanges(const Snapshot& snapshot, const RcodeNames& names, Families& families) {
  MetricBuilder retired("key_retired_responses_total",
                        "Responses of keys that have left the page, as they stood there last. By "
                        "code, those of all keys, other and these are all responses.",
                        MetricType::Counter, {"dimension", "rcode"});
  MetricBuilder admitted("key_admissions_total", "Keys that came to the page.", MetricType::Counter,
                         {"dimension"});
  MetricBuilder evicted("key_evictions_total", "Keys that left the page.", MetricType::Counter,
                        {"dimension"});
  for (size_t i = 0; i < kDimensions; ++i) {
    if (!snapshot.exported[i]) continue;
    const std::string dimension(kDimensionNames[i]);
    for (const auto& [rcode, responses] : snapshot.exported[i]->retired) {
      retired.Add({dimension, names(rcode)}, static_cast<double>(responses));
    }
    admitted.Add({dimension}, static_cast<double>(snapshot.exported[i]->admitted));
    evicted.Add({dimension}, static_cast<double>(snapshot.exported[i]->evicted));
  }
  for (MetricBuilder* builder : {&retired, &admitted, &evicted}) builder->MoveTo(families);
}

void AddEde(const Snapshot& snapshot, const RcodeNames& names, Families& families) {
  std::set<uint16_t> unnamed;
  for (const EdeCount& ede : snapshot.ede) {
    if (EdeName(ede.info_code).empty()) unnamed.insert(ede.info_code);
  }
  while (unnamed.size() > kUnassignedSeries) unnamed.erase(std::prev(unnamed.end()));
  MetricBuilder builder("extended_errors_total",
                        "Extended DNS Errors (RFC 8914) by INFO-CODE and the response's code.",
                        MetricType::Counter, {"info_code", "rcode"});
  for (const EdeCount& ede : snapshot.ede) {
    const bool own = !EdeName(ede.info_code).empty() || unnamed.count(ede.info_code) > 0;
    builder.Add({own ? std::to_string(ede.info_code) : kOther, names(ede.rcode)},
                static_cast<double>(ede.count));
  }
  builder.MoveTo(families);
}

void AddMessages(const Snapshot& snapshot, Families& families) {
  AddList("responses_low4_total",
          "Responses of which only the header's 4 bits of the code are known, by why. Low4 YXRRSET "
          "may be BADCOOKIE and low4 NOERROR may be BADVERS.",
          "reason", kLow4ReasonNames, snapshot.low4_reasons, families);
  AddList("answers_total", "Responses to QUERY by what they are beside their code.", "kind",
          kAnswerKindNames, snapshot.answer_kinds, families,
          static_cast<size_t>(AnswerKind::kNone) + 1);
  AddList("transfers_total",
          "Zone transfers, each counted once, at its first message (RFC 5936), by what was "
          "asked for.",
          "kind", kTransferNames, snapshot.transfers, families);
  AddList("zone_evidence_refused_total",
          "SOA and NS records that would have told a response's zone and were not believed, or for "
          "which there was no room, by why.",
          "reason", NamesOf(kEvidenceRefusalTable), snapshot.zone_cuts.refusals, families);
  MetricBuilder via_cname("nxdomain_via_cname_total",
                          "NXDOMAIN responses for the last name of a chain of CNAMEs, which count "
                          "under that name's zone (RFC 6604).",
                          MetricType::Counter, {});
  via_cname.Add({}, static_cast<double>(snapshot.nxdomain_via_cname));
  via_cname.MoveTo(families);
  AddList("malformed_messages_total", "DNS messages that could not be counted, by why.", "reason",
          kMalformedNames, snapshot.malformed, families);
  AddList("message_anomalies_total",
          "Things wrong behind the header of responses that are counted all the same.", "reason",
          NamesOf(kAnomalyTable), snapshot.anomalies, families);
}

void AddTables(const Snapshot& snapshot, Families& families) {
  MetricBuilder tracked("tracked_keys", "Keys in a dimension's table.", MetricType::Gauge,
                        {"dimension"});
  MetricBuilder limit("tracked_keys_limit", "Keys a dimension's table can hold.", MetricType::Gauge,
                      {"dimension"});
  MetricBuilder evicted("tracked_key_evictions_total",
                        "Keys that left a dimension's table for others.", MetricType::Counter,
                        {"dimension"});
  MetricBuilder bound("tracked_keys_error_bound",
                      "Responses that a key's count may be too small by at most, because the table "
                      "was full; no key with more is missing.",
                      MetricType::Gauge, {"dimension"});
  MetricBuilder overflow("tracked_keys_overflow_responses_total",
                         "Responses of keys that the table had no room for, or that left it: they "
                         "count as other.",
                         MetricType::Counter, {"dimension"});
  for (size_t i = 0; i < kDimensions; ++i) {
    const std::string dimension(kDimensionNames[i]);
    const DimensionCount& counts = snapshot.dimensions[i];
    tracked.Add({dimension}, static_cast<double>(counts.tracked));
    limit.Add({dimension}, static_cast<double>(counts.capacity));
    evicted.Add({dimension}, static_cast<double>(counts.evicted));
    bound.Add({dimension}, static_cast<double>(counts.error_bound));
    overflow.Add({dimension}, static_cast<double>(counts.overflow_responses));
  }
  tracked.Add({"nsid"}, static_cast<double>(snapshot.nsids.tracked));
  limit.Add({"nsid"}, static_cast<double>(snapshot.nsids.capacity));
  tracked.Add({"zone_cut"}, static_cast<double>(snapshot.zone_cuts.tracked));
  limit.Add({"zone_cut"}, static_cast<double>(snapshot.zone_cuts.capacity));
  MetricBuilder unique(
      "unique_keys_estimate",
      "Different keys that got responses since the page before, of all codes or of "
      "one. An estimate, with a standard error of 1.6 %.",
      MetricType::Gauge, {"dimension", "rcode"});
  for (size_t i = 0; i < kDimensions; ++i) {
    for (size_t group = 0; group < kUniqueGroups; ++group) {
      unique.Add({std::string(kDimensionNames[i]), std::string(kUniqueGroupTable[group].name)},
                 static_cast<double>(snapshot.unique[i][group]));
    }
  }
  for (MetricBuilder* builder : {&tracked, &limit, &evicted, &bound, &overflow, &unique}) {
    builder->MoveTo(families);
  }
}

}  // namespace

SnapshotCollectable::SnapshotCollectable(SnapshotPtr snapshot, std::string version)
    : snapshot_(std::move(snapshot)), version_(std::move(version)) {}

std::vector<prometheus::MetricFamily> SnapshotCollectable::Collect() const {
  const RcodeNames names(*snapshot_, {kUnassignedSeries, kUnassignedSeries, kUnassignedSeries});
  Families families;
  AddResponses(*snapshot_, names, families);
  AddQueries(*snapshot_, families);
  AddKeys(*snapshot_, names, families);
  AddKeyChanges(*snapshot_, names, families);
  AddTaps(*snapshot_, names, families);
  AddMessages(*snapshot_, families);
  AddEde(*snapshot_, names, families);
  AddFrames(*snapshot_, families);
  AddLiveStatus(*snapshot_, families);
  AddTables(*snapshot_, families);
  AddSpikes(snapshot_->spikes, families);
  AddGauge("build_info", "The program's version; the value is always 1.", {"version"},
           {{{version_}, 1.0}}, families);
  return families;
}

std::string PrometheusPage(const Snapshot& snapshot, const std::string& version) {
  const SnapshotPtr borrowed(SnapshotPtr{}, &snapshot);
  std::ostringstream page;
  prometheus::TextSerializer{}.Serialize(page, SnapshotCollectable(borrowed, version).Collect());
  return page.str();
}

}  // namespace rcodescope
