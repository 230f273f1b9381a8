// Alerts of spikes and of siblings that disagree, as Alertmanager gets them.
#include "exporters/alerts.h"

#include <gtest/gtest.h>

namespace rcodescope {
namespace {

using Json = nlohmann::json;

constexpr Rcode kServFail{RcodeSpace::kDns, kRcodeServFail};
constexpr Rcode kRefused{RcodeSpace::kDns, kRcodeRefused};

// Seconds after 2026-01-01T00:00:00Z.
Timestamp At(int64_t seconds) { return {(1'767'225'600 + seconds) * kNanosPerSecond}; }

Spike SpikeOf(Rcode rcode, std::optional<Timestamp> end = {}) {
  return {.rcode = rcode,
          .dimension = SpikeDimension::kZone,
          .key = "example.com.",
          .begin = At(10),
          .detected = At(12),
          .end = end,
          .spike_class = SpikeClass::kLameDelegation,
          .reasons = {"one", "two"},
          .text = "so many more"};
}

Disagreement OneRefuses() {
  return {.rcode = kRefused,
          .odd = {"192.0.2.1", 20, 1},
          .zones = {"example.com."},
          .siblings = {{"192.0.2.2", 30, 0}},
          .begin = At(0),
          .detected = At(60),
          .end = {},
          .text = "192.0.2.1 refuses"};
}

// What is sent of it at that second.
Json Sent(const SpikeReport& report, int64_t second, bool over = false) {
  std::vector<Alert> alerts;
  for (auto& [labels, alert] : AlertsOf(report, At(second), "tap1")) {
    alerts.push_back(alert);
    alerts.back().over = over;
  }
  return Json::parse(AlertsBody(alerts, At(second)));
}

TEST(Alerts, OfASpikeHasLabelsThatStayAndWordsForPeople) {
  const Json sent = Sent({.spikes = {SpikeOf(kServFail)}}, 20);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0]["labels"], Json({{"alertname", "RcodescopeSpike"},
                                     {"severity", "warning"},
                                     {"rcode", "SERVFAIL"},
                                     {"dimension", "zone"},
                                     {"kind", "above_baseline"},
                                     {"key", "example.com."},
                                     {"instance", "tap1"}}));
  const Json& notes = sent[0]["annotations"];
  EXPECT_EQ(notes["summary"], "so many more");
  EXPECT_EQ(notes["description"], "one; two");
  EXPECT_EQ(notes["class"], "lame_delegation");
  for (const auto& [name, value] : notes.items()) {
    EXPECT_TRUE(value.is_string()) << name << ": the API takes nothing else";
  }
}

TEST(Alerts, EndByThemselvesUnlessSentAgain) {
  const SpikeReport report{.spikes = {SpikeOf(kServFail)}};
  const Json sent = Sent(report, 20)[0];
  EXPECT_EQ(sent["startsAt"], "2026-01-01T00:00:10.000Z");
  EXPECT_EQ(sent["endsAt"], "2026-01-01T00:04:20.000Z");
  EXPECT_EQ(Sent(report, 20, /*over=*/true)[0]["endsAt"], "2026-01-01T00:00:20.000Z");
  EXPECT_EQ(Sent(report, 5)[0]["startsAt"], "2026-01-01T00:00:05.000Z") << "not in the future";
}

TEST(Alerts, AreNotOfWhatIsOver) {
  EXPECT_TRUE(Sent({.spikes = {SpikeOf(kServFail, At(15))}}, 20).empty());
  Disagreement over = OneRefuses();
  over.end = At(500);
  EXPECT_TRUE(Sent({.disagreements = {over}}, 600).empty());
}

TEST(Alerts, OfSiblingsComeWhenTheyHaveDisagreedForAWhile) {
  const SpikeReport report{.disagreements = {OneRefuses()}};
  EXPECT_TRUE(Sent(report, 359).empty());
  const Json sent = Sent(report, 360);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0]["labels"], Json({{"alertname", "RcodescopeDisagreement"},
                                     {"severity", "warning"},
                                     {"rcode", "REFUSED"},
                                     {"dimension", "server"},
                                     {"key", "192.0.2.1"},
                                     {"instance", "tap1"}}));
  const Json zones = Json::parse(sent[0]["annotations"]["zones"].get<std::string>());
  EXPECT_EQ(zones, Json::array({"example.com."}));
}

TEST(Alerts, OfSiblingsDoNotComeBesideASpikeOfTheirCode) {
  const SpikeReport beside{.spikes = {SpikeOf(kRefused)}, .disagreements = {OneRefuses()}};
  EXPECT_EQ(Sent(beside, 10'000).size(), 1U);
  const SpikeReport behind{.spikes = {SpikeOf(kRefused, At(1'000))},
                           .disagreements = {OneRefuses()}};
  EXPECT_TRUE(Sent(behind, 1'299).empty());
  EXPECT_EQ(Sent(behind, 1'300).size(), 1U);
  const SpikeReport of_another{.spikes = {SpikeOf(kServFail)}, .disagreements = {OneRefuses()}};
  EXPECT_EQ(Sent(of_another, 360).size(), 2U);
}

}  // namespace
}  // namespace rcodescope
