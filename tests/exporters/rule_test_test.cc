// What is given to promtool and how its answers are read. What it printed here is promtool 2.42's;
// a real one evaluates rules in end_to_end/rules_test.py.
#include "exporters/rule_test.h"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/exporters/snapshot_builder.h"

namespace rcodescope {
namespace {

using Json = nlohmann::json;

constexpr int64_t kStep = 15 * kNanosPerSecond;

// Steps at kNewYear, 15 s, 30 s, then nothing until 10 minutes, which ends the input.
StepSeries Series() {
  StepSeries series(kStep, "1");
  const auto add = [&](int64_t seconds, uint64_t failures) {
    SnapshotBuilder builder;
    builder.Responses(kServFail, failures);
    builder.raw().last = {kNewYear.ns + seconds * kNanosPerSecond};
    series.Add(builder.snapshot());
  };
  add(1, 5);
  add(16, 5);
  add(590, 9);
  return series;
}

// Of the first series that has `part` in its text.
std::string ValuesOf(const Json& test, const std::string& part) {
  for (const Json& one : test["tests"][0]["input_series"]) {
    if (one["series"].get<std::string>().find(part) != std::string::npos) return one["values"];
  }
  return "none";
}

TEST(RuleTest, HasASampleAStepAndAsksForAlertsAtEach) {
  const Json test = Json::parse(RuleTest(Series(), {{"/r[1].yml"}, {"b", "a"}}));
  EXPECT_EQ(test["rule_files"], Json({"/r\\[1].yml"}));
  EXPECT_EQ(test["group_eval_order"], Json({"b", "a"}));
  EXPECT_EQ(test["evaluation_interval"], "15000ms");
  EXPECT_EQ(ValuesOf(test, "up{job=\"rcodescope\",instance=\"replay\"}"), "1+0x40");
  const Json& wanted = test["tests"][0]["promql_expr_test"];
  ASSERT_EQ(wanted.size(), 41);
  EXPECT_EQ(wanted[40], Json({{"expr", "ALERTS"}, {"eval_time", "600000ms"}}));
}

TEST(RuleTest, GapsHaveNoSamples) {
  const Json test = Json::parse(RuleTest(Series(), {}));
  // 0; 5 at 15 s, and on for five minutes; the last step but one, and the last.
  EXPECT_EQ(ValuesOf(test,
                     "rcodescope_responses_total{job=\"rcodescope\",instance=\"replay\",rcode="
                     "\"SERVFAIL\",space=\"dns\",certainty=\"full\",opcode=\"QUERY\",transport="
                     "\"udp\",family=\"ipv4\"}"),
            "0 5+0x20 _x17 5 9");
}

TEST(RuleTest, TimesBeginAtZero) {
  const Json test = Json::parse(RuleTest(Series(), {}));
  EXPECT_TRUE(ValuesOf(test, "rcodescope_last_packet_timestamp_seconds").starts_with("_x1 1"));
}

TEST(ReadRuleTest, RunsBeginWhenPendingAndEndWhenGone) {
  const std::string printed =
      "Unit Testing:  /dev/stdin\n"
      "  FAILED:\n"
      "    expr: \"ALERTS\", time: 45s,\n"
      "        exp: nil\n"
      "        got: {__name__=\"ALERTS\", alertname=\"High\", alertstate=\"pending\", "
      "zone=\"a\\\"\\\\b, {}= é\"} 1E+00\n"
      "    expr: \"ALERTS\", time: 1m,\n"
      "        exp: nil\n"
      "        got: {__name__=\"ALERTS\", alertname=\"High\", alertstate=\"firing\", "
      "zone=\"a\\\"\\\\b, {}= é\"} 1E+00, {__name__=\"ALERTS\", alertname=\"Low\", "
      "alertstate=\"firing\"} 1E+00\n"
      "    expr: \"ALERTS\", time: 10m,\n"
      "        exp: nil\n"
      "        got: {__name__=\"ALERTS\", alertname=\"Low\", alertstate=\"firing\"} 1E+00\n"
      "\n";
  const auto alerts = ReadRuleTest(printed, Series());
  ASSERT_TRUE(alerts.ok()) << alerts.status();
  ASSERT_EQ(alerts->size(), 3);
  const auto at = [](int64_t seconds) {
    return Timestamp{kNewYear.ns + seconds * kNanosPerSecond};
  };
  const AlertRun& high = (*alerts)[0];
  EXPECT_EQ(high.name(), "High");
  EXPECT_EQ(high.labels.at("zone"), "a\"\\b, {}= é");
  EXPECT_EQ(high.pending, at(45));
  EXPECT_EQ(high.firing, at(60));
  EXPECT_EQ(high.resolved, at(75));
  EXPECT_EQ((*alerts)[1].pending, std::nullopt);
  EXPECT_EQ((*alerts)[1].resolved, at(75));
  EXPECT_EQ((*alerts)[2].firing, at(600));
  EXPECT_EQ((*alerts)[2].resolved, std::nullopt);
}

TEST(ReadRuleTest, WhatGoEscapesIsReadAsWell) {
  const auto alerts = ReadRuleTest(
      "    expr: \"ALERTS\", time: 0s,\n        got: {__name__=\"ALERTS\", alertname=\"A\", "
      "alertstate=\"firing\", zone=\"\\u00a0\\u200b\\U000e0001\"} 1E+00\n",
      Series());
  ASSERT_TRUE(alerts.ok()) << alerts.status();
  EXPECT_EQ(alerts->front().labels.at("zone"), "\u00a0\u200b\U000e0001");
}

TEST(ReadRuleTest, NothingIsNoAlert) {
  const auto alerts = ReadRuleTest("Unit Testing:  /dev/stdin\n  SUCCESS\n\n", Series());
  ASSERT_TRUE(alerts.ok());
  EXPECT_TRUE(alerts->empty());
}

TEST(ReadRuleTest, WhateverElseIsToldIsAFailure) {
  for (const std::string line :
       {"    rule: x, time: 15s, err: found duplicate series",
        "        got: {__name__=\"ALERTS\"} 1E+00", "    expr: \"ALERTS\", time: 15x,",
        "    expr: \"ALERTS\", time: 1h,"}) {
    const auto alerts = ReadRuleTest("  FAILED:\n" + line + "\n", Series());
    ASSERT_FALSE(alerts.ok()) << line;
    EXPECT_EQ(alerts.status().message(), line);
  }
}

}  // namespace
}  // namespace rcodescope
