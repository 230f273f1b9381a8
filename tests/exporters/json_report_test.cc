#include "exporters/json_report.h"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/exporters/snapshot_builder.h"

namespace rcodescope {
namespace {

using Json = nlohmann::ordered_json;

Json Report(const Snapshot& snapshot) { return Json::parse(JsonReport(snapshot)); }
Json Report(const SnapshotBuilder& builder) { return Report(builder.snapshot()); }

std::vector<std::string> Names(const Json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

TEST(JsonReport, HasTheKeysOfSchema1) {
  const Json report = Report(BusyMinute());
  EXPECT_EQ(Names(report),
            (std::vector<std::string>{"schema", "sources", "time", "frames", "messages", "rcodes",
                                      "header_rcodes", "answer_kinds", "ede", "servers", "zones",
                                      "clients", "sites", "nsids", "limits", "unique_keys_estimate",
                                      "series", "spikes", "disagreements"}));
  EXPECT_EQ(report["schema"], 1);
  EXPECT_EQ(report["spikes"], Json::array());
}

TEST(JsonReport, EndsWithANewlineAndIndentsByTwo) {
  const std::string text = JsonReport(Snapshot{});
  EXPECT_EQ(text.substr(0, 17), "{\n  \"schema\": 1,\n");
  EXPECT_EQ(text.substr(text.size() - 2), "}\n");
}

TEST(JsonReport, EqualSnapshotsGiveEqualBytes) {
  EXPECT_EQ(JsonReport(BusyMinute().snapshot()), JsonReport(BusyMinute().snapshot()));
}

TEST(JsonReport, SourcesSayWhatIsWrongOrNull) {
  const Json sources = Report(BusyMinute())["sources"];
  EXPECT_EQ(
      sources[0],
      Json::parse(R"({"name": "one.pcap", "packets": 20000, "bytes": 3000000, "skipped_bytes": 0,
                                        "error": null})"));
  EXPECT_EQ(sources[1]["error"], "block at offset 200012 is cut off");
}

TEST(JsonReport, TimeIsRfc3339WithNineDigitsOrNull) {
  EXPECT_EQ(Report(BusyMinute())["time"], Json::parse(R"({"first": "2026-01-01T00:00:00.000000000Z",
                            "last": "2026-01-01T00:01:00.000000000Z", "window_seconds": 1})"));
  SnapshotBuilder builder;
  builder.raw().window = kNanosPerSecond / 4;
  EXPECT_EQ(Report(builder)["time"],
            Json::parse(R"({"first": null, "last": null, "window_seconds": 0.25})"));
}

TEST(JsonReport, FramesListEveryDispositionAndSumUp) {
  const Json frames = Report(BusyMinute())["frames"];
  EXPECT_EQ(frames["seen"], 21927);
  EXPECT_EQ(frames["dropped"], Json::parse(R"({"filter": 17})"));
  EXPECT_EQ(frames["held"], 0);
  EXPECT_EQ(frames["residual"], 0);
  EXPECT_EQ(frames["dispositions"].size(), kDispositions);
  uint64_t sum = 0;
  for (const auto& [name, count] : frames["dispositions"].items()) sum += count.get<uint64_t>();
  EXPECT_EQ(sum, 21927U);
  EXPECT_EQ(frames["dispositions"]["not_dns_port"], 1500);
  EXPECT_EQ(frames["dispositions"]["icmp"], 0);
  EXPECT_EQ(frames["record_anomalies"]["time_late"], 6);
  EXPECT_EQ(frames["record_anomalies"].size(), kRecordAnomalies);
}

TEST(JsonReport, MessagesListEveryReason) {
  const Json messages = Report(BusyMinute())["messages"];
  EXPECT_EQ(messages["queries"], 10100);
  EXPECT_EQ(messages["responses"], 10000);
  EXPECT_EQ(messages["malformed"], Json::parse(R"({"short_header": 9})"));
  EXPECT_EQ(messages["anomalies"].size(), kAnomalies);
  EXPECT_EQ(messages["anomalies"]["opt_multiple"], 3);
  EXPECT_EQ(messages["anomalies"]["opt_rdlen_past_end"], 0);
  EXPECT_EQ(messages["low4_reasons"]["snap_length"], 5);
  EXPECT_EQ(messages["low4_reasons"].size(), kLow4Reasons);
  EXPECT_EQ(messages["other_protocol"], Json::parse(R"({"mdns": 12, "llmnr": 4})"));
}

TEST(JsonReport, RcodesSumOverTransportAndFamily) {
  SnapshotBuilder builder;
  for (const Transport transport : {Transport::kUdp, Transport::kTcp}) {
    for (const Family family : {Family::kIpv4, Family::kIpv6}) {
      builder.Responses(kNxDomain, 10, Certainty::kFull, Opcode::kQuery, transport, family);
    }
  }
  EXPECT_EQ(Report(builder)["rcodes"],
            Json::parse(R"([{"rcode": "NXDOMAIN", "code": 3, "space": "dns", "opcode": "QUERY",
                             "certainty": "full", "responses": 40}])"));
}

TEST(JsonReport, RcodesAreSortedByResponsesThenSpaceCodeOpcodeCertainty) {
  SnapshotBuilder builder;
  builder.Responses({RcodeSpace::kTkey, 20}, 7)
      .Responses(kTsigBadSig, 7)
      .Responses(kServFail, 7, Certainty::kFull, Opcode::kUpdate)
      .Responses(kServFail, 7, Certainty::kLow4)
      .Responses(kServFail, 7)
      .Responses(kBadVers, 7)
      .Responses(kRefused, 8)
      .Responses(kNoError, 0);
  const Json rcodes = Report(builder)["rcodes"];
  std::vector<std::string> order;
  for (const Json& row : rcodes) {
    order.push_back(row["rcode"].get<std::string>() + " " + row["opcode"].get<std::string>() + " " +
                    row["certainty"].get<std::string>());
  }
  EXPECT_EQ(order, (std::vector<std::string>{"REFUSED QUERY full", "SERVFAIL QUERY full",
                                             "SERVFAIL QUERY low4", "SERVFAIL UPDATE full",
                                             "BADVERS QUERY full", "BADSIG QUERY full",
                                             "BADNAME QUERY full"}));
}

TEST(JsonReport, SixteenHasTwoNames) {
  SnapshotBuilder builder;
  builder.Responses(kBadVers, 2).Responses(kTsigBadSig, 1);
  const Json rcodes = Report(builder)["rcodes"];
  EXPECT_EQ(rcodes[0]["rcode"], "BADVERS");
  EXPECT_EQ(rcodes[0]["space"], "dns");
  EXPECT_EQ(rcodes[1]["rcode"], "BADSIG");
  EXPECT_EQ(rcodes[1]["space"], "tsig");
  EXPECT_EQ(rcodes[0]["code"], rcodes[1]["code"]);
}

TEST(JsonReport, UnassignedDnsCodesAreAllListedAndTsigOnesUpTo1024) {
  SnapshotBuilder builder;
  for (uint16_t code = 24; code < 4096; ++code) builder.Responses({RcodeSpace::kDns, code}, 1);
  for (uint16_t code = 100; code < 1200; ++code) builder.Responses({RcodeSpace::kTsig, code}, 2);
  const Json rcodes = Report(builder)["rcodes"];
  std::map<std::string, size_t> rows;
  uint64_t sum = 0;
  for (const Json& row : rcodes) {
    ++rows[row["space"].get<std::string>()];
    sum += row["responses"].get<uint64_t>();
  }
  EXPECT_EQ(rows["dns"], 4096U - 24U);
  EXPECT_EQ(rows["tsig"], 1024U + 1U);
  EXPECT_EQ(sum, builder.snapshot().response_total);
  // 1,100 distinct, 76 past the limit, 2 responses each.
  EXPECT_EQ(rcodes.back(), Json::parse(R"({"rcode": "other", "code": null, "space": "tsig",
                             "opcode": "QUERY", "certainty": "full", "responses": 152})"));
}

TEST(JsonReport, WhatTheTotalsHoldAsOtherIsOther) {
  SnapshotBuilder builder;
  builder.Responses({RcodeSpace::kTkey, 24}, 1).Responses({RcodeSpace::kTkey, kOtherCode}, 3);
  EXPECT_EQ(Report(builder)["rcodes"],
            Json::parse(R"([{"rcode": "RCODE24", "code": 24, "space": "tkey", "opcode": "QUERY",
                             "certainty": "full", "responses": 1},
                            {"rcode": "other", "code": null, "space": "tkey", "opcode": "QUERY",
                             "certainty": "full", "responses": 3}])"));
}

TEST(JsonReport, HeaderRcodesAreNibblesThatWereSeen) {
  SnapshotBuilder builder;
  builder.raw().header_rcodes[3] = 4;
  builder.raw().header_rcodes[15] = 1;
  EXPECT_EQ(Report(builder)["header_rcodes"], Json::parse(R"({"NXDOMAIN": 4, "RCODE15": 1})"));
}

TEST(JsonReport, AnswerKindsAreThoseOfAnswers) {
  const Json kinds = Report(BusyMinute())["answer_kinds"];
  EXPECT_EQ(Names(kinds), (std::vector<std::string>{"answer", "nodata", "referral", "cname_only",
                                                    "lame", "truncated", "error", "undetermined"}));
  EXPECT_EQ(kinds["nodata"], 1200);
}

TEST(JsonReport, TransfersAreBesideTheMessages) {
  const Json messages = Report(BusyMinute())["messages"];
  EXPECT_EQ(messages["transfers"], Json::parse(R"({"axfr": 3, "ixfr": 2})"));
}

TEST(JsonReport, EdeRows) {
  SnapshotBuilder builder;
  builder.Ede(17, kTsigBadKey, 1).Ede(17, kTkeyBadKey, 2).Ede(22, kServFail, 200);
  EXPECT_EQ(Report(builder)["ede"],
            Json::parse(R"([{"info_code": 17, "rcode": "BADKEY", "responses": 3},
                            {"info_code": 22, "rcode": "SERVFAIL", "responses": 200}])"));
}

TEST(JsonReport, KeysEndWithOtherEvenWithoutAny) {
  const Json report = Report(Snapshot{});
  for (const std::string dimension : {"server", "zone", "client"}) {
    EXPECT_EQ(report[dimension + "s"],
              Json::array({{{dimension, "other"}, {"responses", 0}, {"rcodes", Json::object()}}}));
  }
}

TEST(JsonReport, CodesOfOneNameAreOneInAKey) {
  SnapshotBuilder builder;
  builder.Key(Dimension::kServer, "192.0.2.53",
              {{kNoError, 6}, {kTsigBadKey, 4}, {kTkeyBadKey, 3}, {kBadVers, 1}, {kTsigBadSig, 1}});
  const Json server = Report(builder)["servers"][0];
  EXPECT_EQ(server["responses"], 15);
  EXPECT_EQ(server["rcodes"],
            Json::parse(R"({"BADKEY": 7, "NOERROR": 6, "BADVERS": 1, "BADSIG": 1})"));
}

TEST(JsonReport, KeysAndOtherSumToTheTotalPerCode) {
  const Json report = Report(BusyMinute());
  std::map<std::string, uint64_t> totals;
  for (const Json& row : report["rcodes"]) {
    totals[row["rcode"].get<std::string>()] += row["responses"].get<uint64_t>();
  }
  for (const std::string list : {"servers", "zones", "clients"}) {
    std::map<std::string, uint64_t> sums;
    for (const Json& key : report[list]) {
      for (const auto& [rcode, count] : key["rcodes"].items()) sums[rcode] += count.get<uint64_t>();
    }
    EXPECT_EQ(sums, totals) << list;
  }
}

TEST(JsonReport, LimitsOfEachDimension) {
  const Json limits = Report(BusyMinute())["limits"];
  EXPECT_EQ(
      limits["clients"],
      Json::parse(
          R"({"tracked": 3, "capacity": 3, "other_responses": 7, "evicted": 0, "error_bound": 0})"));
  EXPECT_EQ(
      limits["servers"],
      Json::parse(
          R"({"tracked": 2, "capacity": 10000, "other_responses": 0, "evicted": 0, "error_bound": 0})"));
  EXPECT_TRUE(limits.contains("zones"));
}

TEST(JsonReport, SeriesByNameOrEmpty) {
  SnapshotBuilder builder;
  builder.raw().series = {kNewYear,
                          2 * kNanosPerSecond,
                          2,
                          {{kNoError, {4, 5}}, {kTsigBadKey, {1, 0}}, {kTkeyBadKey, {2, 7}}}};
  EXPECT_EQ(Report(builder)["series"],
            Json::parse(R"({"begin": "2026-01-01T00:00:00.000000000Z", "step_seconds": 2,
                            "rcodes": {"NOERROR": [4, 5], "BADKEY": [3, 7]}})"));
  EXPECT_EQ(Report(Snapshot{})["series"],
            Json::parse(R"({"begin": null, "step_seconds": 0, "rcodes": {}})"));
}

TEST(JsonReport, UnassignedCodesOfSeriesAreLimited) {
  SnapshotBuilder builder;
  SeriesCount& series = builder.raw().series;
  series = {kNewYear, kNanosPerSecond, 2, {{kServFail, {7, 8}}}};
  for (uint16_t code = 100; code < 200; ++code) {
    builder.Responses({RcodeSpace::kDns, code}, 3);
    series.rcodes.push_back({{RcodeSpace::kDns, code}, {1, 2}});
  }
  const Json rcodes = Report(builder)["series"]["rcodes"];
  EXPECT_EQ(rcodes.size(), 1u + 64 + 1);
  EXPECT_EQ(rcodes["SERVFAIL"], Json({7, 8}));
  EXPECT_EQ(rcodes["RCODE163"], Json({1, 2}));
  EXPECT_EQ(rcodes["other"], Json({36, 72}));
  EXPECT_EQ(Report(builder)["rcodes"].size(), 100u) << "each is listed with its sum";
  const std::string text = ShortJsonReport(builder.snapshot());
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const Json few = Json::parse(text);
  EXPECT_EQ(few["series"], Report(builder)["series"]);
  EXPECT_EQ(few["rcodes"].size(), 64u + 1);
  EXPECT_EQ(few["rcodes"].back()["responses"], 36 * 3);
}

TEST(JsonReport, StringsAreEscaped) {
  SnapshotBuilder builder;
  builder.Key(Dimension::kZone, "a\\\"b\\010.example.", {{kNoError, 1}})
      .Source("a\"\\\n\x01.pcap", 1, 1)
      .Source("\xff.pcap", 1, 1);
  const Json report = Report(builder);
  EXPECT_EQ(report["zones"][0]["zone"], "a\\\"b\\010.example.");
  EXPECT_EQ(report["sources"][0]["name"], "a\"\\\n\x01.pcap");
  EXPECT_EQ(report["sources"][1]["name"], "\xef\xbf\xbd.pcap") << "U+FFFD";
}

TEST(JsonReport, LargeCountsAreExact) {
  SnapshotBuilder builder;
  builder.Responses(kNoError, 9007199254740993);  // 2^53 + 1 is no double
  EXPECT_EQ(Report(builder)["rcodes"][0]["responses"].get<uint64_t>(), 9007199254740993U);
}

}  // namespace
}  // namespace rcodescope
