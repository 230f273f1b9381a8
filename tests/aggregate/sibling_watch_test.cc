// Siblings that answer differently, of windows written by hand.
#include "aggregate/sibling_watch.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "aggregate/spike_detector.h"
#include "tests/aggregate/spike_windows.h"

namespace rcodescope {
namespace {

using Fill = std::function<void(int64_t second, Window& window)>;

const std::vector<std::string> kFour = {"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"};

SpikeReport ReportAfter(int64_t seconds, const Fill& fill) {
  SpikeDetector detector;
  for (int64_t second = 0; second < seconds; ++second) {
    Window window = SmallSite{}.At(second);
    fill(second, window);
    detector.Add(window);
  }
  return ReportOf(detector);
}

// Each server denies two names a second; `odd` refuses two more, to another client each second.
Fill OneRefuses(const std::string& odd, uint64_t clients, int64_t until = 1'000'000) {
  return [=](int64_t second, Window& window) {
    for (const std::string& server : kFour) {
      if (server == odd && second < until) continue;
      SmallSite::Add({.rcode = kNxDomainCode, .zone = "example.com.", .server = server, .count = 2},
                     window);
    }
    if (second >= until) return;
    SmallSite::Add({.rcode = kRefusedCode,
                    .zone = "example.com.",
                    .server = odd,
                    .count = 2,
                    .first_client = static_cast<uint64_t>(second) % clients},
                   window);
  };
}

TEST(Siblings, OneOfFourThatRefusesIsToldThoughItAlwaysDid) {
  const SpikeReport report = ReportAfter(60, OneRefuses("192.0.2.3", 40));
  EXPECT_TRUE(report.spikes.empty());
  ASSERT_EQ(report.disagreements.size(), 1U);
  const Disagreement& one = report.disagreements[0];
  EXPECT_EQ(one.rcode, kRefusedCode);
  EXPECT_EQ(one.kind, SiblingKind::kServer);
  EXPECT_EQ(one.begin.ns, kFirstSecond * kNanosPerSecond);
  EXPECT_EQ(one.end, std::nullopt);
  EXPECT_EQ(one.text,
            "REFUSED from 192.0.2.3 for example.com.: 100 % of its errors there, its siblings "
            "192.0.2.1 0 %, 192.0.2.2 0 %, 192.0.2.4 0 %");
}

TEST(Siblings, OneClientThatIsRefusedMayAskOneServerAlone) {
  EXPECT_TRUE(ReportAfter(60, OneRefuses("192.0.2.3", 3)).disagreements.empty());
}

TEST(Siblings, WhatAllRefuseIsNoDisagreement) {
  const SpikeReport report = ReportAfter(60, [](int64_t second, Window& window) {
    for (const std::string& server : kFour) {
      SmallSite::Add({.rcode = kRefusedCode,
                      .zone = "example.com.",
                      .server = server,
                      .count = 2,
                      .first_client = static_cast<uint64_t>(second)},
                     window);
    }
  });
  EXPECT_TRUE(report.disagreements.empty());
}

TEST(Siblings, WhoWasNotAskedForTheZoneIsNoSibling) {
  const SpikeReport report = ReportAfter(60, [](int64_t second, Window& window) {
    SmallSite::Add({.rcode = kRefusedCode,
                    .zone = "example.com.",
                    .server = "192.0.2.3",
                    .count = 2,
                    .first_client = static_cast<uint64_t>(second)},
                   window);
    SmallSite::Add(
        {.rcode = kNxDomainCode, .zone = "other.test.", .server = "192.0.2.1", .count = 2}, window);
  });
  EXPECT_TRUE(report.disagreements.empty());
}

TEST(Siblings, ItEndsWhenItAnswersAgain) {
  const SpikeReport report = ReportAfter(400, OneRefuses("192.0.2.3", 40, /*until=*/90));
  ASSERT_EQ(report.disagreements.size(), 1U);
  ASSERT_TRUE(report.disagreements[0].end);
  EXPECT_GE(report.disagreements[0].end->ns, (kFirstSecond + 90) * kNanosPerSecond);
  EXPECT_LE(report.disagreements[0].end->ns, (kFirstSecond + 210) * kNanosPerSecond);
}

TEST(Siblings, ManyZonesOfOneServerAreOneSentence) {
  const SpikeReport report = ReportAfter(60, [](int64_t second, Window& window) {
    for (const char* zone : {"a.test.", "b.test.", "c.test.", "d.test."}) {
      SmallSite::Add({.rcode = kNxDomainCode, .zone = zone, .server = "192.0.2.1", .count = 3},
                     window);
      SmallSite::Add({.rcode = kServFailCode,
                      .zone = zone,
                      .server = "192.0.2.2",
                      .first_client = static_cast<uint64_t>(second)},
                     window);
    }
  });
  ASSERT_EQ(report.disagreements.size(), 1U);
  EXPECT_EQ(report.disagreements[0].text,
            "SERVFAIL from 192.0.2.2 for a.test., b.test., c.test. and 1 more: 100 % of its errors "
            "there, its sibling 192.0.2.1 0 %");
}

TEST(Siblings, OneSiteThatFailsIsTold) {
  const SpikeReport report = ReportAfter(60, [](int64_t, Window& window) {
    for (const char* site : {"ams", "fra", "nyc"}) {
      const uint64_t failures = site == std::string("fra") ? 30 : 1;
      window.sites.push_back({site, {{Rcode{}, 70}, {kServFailCode, failures}}});
    }
  });
  ASSERT_EQ(report.disagreements.size(), 1U);
  EXPECT_EQ(report.disagreements[0].kind, SiblingKind::kSite);
  EXPECT_EQ(report.disagreements[0].text,
            "SERVFAIL at fra: 30 % of its responses, its siblings ams 1 %, nyc 1 %");
}

// Before and after it has as few errors as its siblings.
TEST(Siblings, ASiteFailsFromItsFirstBadSecondToItsLast) {
  const SpikeReport report = ReportAfter(300, [](int64_t second, Window& window) {
    for (const char* site : {"ams", "fra", "nyc"}) {
      const bool fails = site == std::string("fra") && second >= 97 && second < 157;
      window.sites.push_back({site, {{Rcode{}, 70}, {kServFailCode, fails ? 50U : 1U}}});
    }
  });
  ASSERT_EQ(report.disagreements.size(), 1U);
  const Disagreement& told = report.disagreements[0];
  EXPECT_EQ(told.begin.ns, (kFirstSecond + 97) * kNanosPerSecond);
  ASSERT_TRUE(told.end.has_value());
  EXPECT_NEAR(static_cast<double>(told.end->ns - told.begin.ns), 60e9, 5e9);
}

TEST(Siblings, SitesThatAllFailDoNotDisagree) {
  const SpikeReport report = ReportAfter(60, [](int64_t, Window& window) {
    for (const char* site : {"ams", "fra", "nyc"}) {
      window.sites.push_back({site, {{Rcode{}, 70}, {kServFailCode, 30}}});
    }
  });
  EXPECT_TRUE(report.disagreements.empty());
}

}  // namespace
}  // namespace rcodescope
