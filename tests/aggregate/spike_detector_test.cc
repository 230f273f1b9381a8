// What is a spike and what is none, of windows written by hand.
#include "aggregate/spike_detector.h"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/aggregate/spike_windows.h"

namespace rcodescope {
namespace {

using Fill = std::function<void(int64_t second, Window& window)>;

// A SERVFAIL every other second, so that something is usual.
void Usual(int64_t second, Window& window) {
  const uint64_t count = second % 2 == 0 ? 1 : 3;
  SmallSite::Add({.rcode = kServFailCode, .zone = "usual.test.", .count = count}, window);
}

SpikeReport ReportAfter(int64_t seconds, const Fill& fill) {
  SpikeDetector detector;
  for (int64_t second = 0; second < seconds; ++second) {
    Window window = SmallSite{}.At(second);
    fill(second, window);
    detector.Add(window);
  }
  return ReportOf(detector);
}

Fill Outage(int64_t from, int64_t until) {
  return [=](int64_t second, Window& window) {
    Usual(second, window);
    if (second < from || second >= until) return;
    SmallSite::Add({.rcode = kServFailCode,
                    .zone = "example.com.",
                    .count = 60,
                    .clients = 40,
                    .info_code = 22},
                   window);
  };
}

class Length : public testing::TestWithParam<int64_t> {};

// 60 s, 5 min and 1 h, and the incident begins at once, at 30 % and at 90 %.
TEST_P(Length, OfTheInputDoesNotHideAnIncident) {
  const int64_t seconds = GetParam();
  for (const int64_t percent : {0, 30, 90}) {
    SCOPED_TRACE(percent);
    const int64_t from = seconds * percent / 100;
    const SpikeReport report = ReportAfter(seconds, Outage(from, seconds));
    ASSERT_EQ(report.spikes.size(), 1U);
    const Spike& spike = report.spikes[0];
    EXPECT_EQ(spike.key, "example.com.");
    EXPECT_EQ(spike.dimension, SpikeDimension::kZone);
    EXPECT_EQ(spike.begin.ns, (kFirstSecond + from) * kNanosPerSecond);
    EXPECT_EQ(spike.end, std::nullopt);
    EXPECT_EQ(spike.spike_class, SpikeClass::kAuthoritativeOutage);
    EXPECT_EQ(spike.clients_estimate, 40U);
    if (from < 30) {  // nothing is usual yet
      EXPECT_EQ(spike.kind, SpikeKind::kHighFromStart);
      EXPECT_EQ(spike.baseline, 0);
    } else {
      EXPECT_EQ(spike.kind, SpikeKind::kAboveBaseline);
      EXPECT_NEAR(spike.rate, 60, 1e-6);
      const int64_t known = kFirstSecond + from;
      EXPECT_LE(spike.detected.ns, (known + 5) * kNanosPerSecond);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seconds, Length, testing::Values(60, 300, 3600));

TEST(SpikeDetector, AQuietHourHasNone) { EXPECT_TRUE(ReportAfter(3600, Usual).spikes.empty()); }

// Afterwards there is more than before, by less than would be a spike.
TEST(SpikeDetector, ALargeOneIsOverWhenLittleOfItIsLeft) {
  const SpikeReport report = ReportAfter(300, [](int64_t second, Window& window) {
    const bool is_spike = second >= 100 && second < 160;
    const uint64_t count = is_spike ? 44 : second < 100 ? 4 : 7;
    SmallSite::Add({.rcode = kRefusedCode, .zone = "a.com.", .count = count, .clients = 4}, window);
  });
  ASSERT_EQ(report.spikes.size(), 1U);
  ASSERT_TRUE(report.spikes[0].end.has_value());
  EXPECT_LE(report.spikes[0].end->ns, (kFirstSecond + 165) * kNanosPerSecond);
}

TEST(SpikeDetector, OneBurstOfASecondIsNone) {
  const SpikeReport report = ReportAfter(600, [](int64_t second, Window& window) {
    Usual(second, window);
    if (second == 300)
      SmallSite::Add({.rcode = kServFailCode, .zone = "x.test.", .count = 90}, window);
  });
  EXPECT_TRUE(report.spikes.empty());
}

TEST(SpikeDetector, FewResponsesAreNone) {
  const SpikeReport report = ReportAfter(600, [](int64_t second, Window& window) {
    if (second >= 300)
      SmallSite::Add({.rcode = kServFailCode, .zone = "x.test.", .count = 3}, window);
  });
  EXPECT_TRUE(report.spikes.empty());
}

TEST(SpikeDetector, WhenAllOfTheTrafficGrowsItsErrorsMay) {
  const SpikeReport report = ReportAfter(1200, [](int64_t second, Window& window) {
    const uint64_t times = second >= 600 ? 4 : 1;
    for (ServerWindow& server : window.servers) server.rcodes[0].responses *= times;
    window.rcodes[0].responses *= times;
    SmallSite::Add({.rcode = kServFailCode, .zone = "a.test.", .count = 3 * times}, window);
    SmallSite::Add({.rcode = kServFailCode, .zone = "b.test.", .count = 3 * times}, window);
  });
  EXPECT_TRUE(report.spikes.empty());
}

TEST(SpikeDetector, TheEndIsTheLastWindowOfIt) {
  const SpikeReport report = ReportAfter(600, Outage(300, 400));
  ASSERT_EQ(report.spikes.size(), 1U);
  ASSERT_TRUE(report.spikes[0].end.has_value());
  EXPECT_NEAR(static_cast<double>(report.spikes[0].end->ns) / kNanosPerSecond, kFirstSecond + 400,
              5);
  EXPECT_NEAR(report.spikes[0].rate, 60, 1e-6);  // at its highest
}

TEST(SpikeDetector, TheBaselineDoesNotLearnFromTheSpike) {
  const SpikeReport report = ReportAfter(3600, Outage(600, 3600));
  ASSERT_EQ(report.spikes.size(), 1U);
  EXPECT_EQ(report.spikes[0].end, std::nullopt);
  EXPECT_LT(report.spikes[0].baseline, 1);
}

TEST(SpikeDetector, NothingFellWhileFramesWereLost) {
  SpikeDetector detector;
  for (int64_t second = 0; second < 500; ++second) {
    Window window = SmallSite{}.At(second);
    Outage(300, 400)(second, window);
    if (second >= 400) window.completeness = 0.5;
    detector.Add(window);
    // After a minute of it, half is what is usual.
    if (second >= 400 && second < 440) {
      EXPECT_EQ(detector.active().size(), 1U) << second;
    }
  }
  ASSERT_EQ(ReportOf(detector).spikes.size(), 1U);
  EXPECT_EQ(ReportOf(detector).spikes[0].completeness, 0.5);
}

TEST(SpikeDetector, WindowsWithoutAnyResponseSayNothing) {
  SpikeDetector detector;
  for (int64_t second = 0; second < 500; ++second) {
    if (second >= 400) {
      Window blind;
      blind.begin = {(kFirstSecond + second) * kNanosPerSecond};
      detector.Add(blind);
      continue;
    }
    Window window = SmallSite{}.At(second);
    Outage(300, 400)(second, window);
    detector.Add(window);
  }
  EXPECT_EQ(detector.active().size(), 1U);
}

TEST(SpikeDetector, TwoIncidentsAtOnceAreTwoSpikes) {
  const SpikeReport report = ReportAfter(600, [](int64_t second, Window& window) {
    Usual(second, window);
    const auto add = [&](int64_t from, const char* zone, const char* server) {
      if (second < from) return;
      SmallSite::Add(
          {.rcode = kServFailCode, .zone = zone, .server = server, .count = 50, .clients = 20},
          window);
    };
    add(300, "one.test.", "192.0.2.1");
    add(320, "two.test.", "192.0.2.2");
  });
  ASSERT_EQ(report.spikes.size(), 2U);
  EXPECT_EQ(report.spikes[0].key, "one.test.");
  EXPECT_EQ(report.spikes[1].key, "two.test.");
}

TEST(SpikeDetector, ManyZonesOfOneServerAreTheServers) {
  const SpikeReport report = ReportAfter(600, [](int64_t second, Window& window) {
    Usual(second, window);
    if (second < 300) return;
    for (uint64_t zone = 0; zone < 30; ++zone) {
      SmallSite::Add({.rcode = kServFailCode,
                      .zone = "z" + std::to_string(zone) + ".test.",
                      .server = "192.0.2.2",
                      .count = 4,
                      .clients = 4,
                      .first_client = zone * 4},
                     window);
    }
  });
  ASSERT_EQ(report.spikes.size(), 1U);
  EXPECT_EQ(report.spikes[0].dimension, SpikeDimension::kServer);
  EXPECT_EQ(report.spikes[0].key, "192.0.2.2");
  EXPECT_EQ(report.spikes[0].spike_class, SpikeClass::kResolverTrouble);
}

// Most of it from one server, the rest from another one, `info_code` being its error.
Fill TwoServersFail(int32_t info_code) {
  return [=](int64_t second, Window& window) {
    Usual(second, window);
    if (second < 300 || second >= 500) return;
    const auto add = [&](const char* server, uint64_t count, int32_t code) {
      for (uint64_t zone = 0; zone < 30; ++zone) {
        SmallSite::Add({.rcode = kServFailCode,
                        .zone = "z" + std::to_string(zone) + ".test.",
                        .server = server,
                        .count = count,
                        .clients = 4,
                        .info_code = code,
                        .first_client = zone * 4},
                       window);
      }
    };
    add("192.0.2.1", 9, 14);
    add("192.0.2.2", 1, info_code);
  };
}

TEST(SpikeDetector, ServersThatFailTogetherAndAlikeAreOneSpike) {
  const SpikeReport report = ReportAfter(600, TwoServersFail(14));
  ASSERT_EQ(report.spikes.size(), 1U);
  const Spike& spike = report.spikes[0];
  EXPECT_EQ(spike.number, 1U);
  EXPECT_EQ(spike.key, "192.0.2.1");
  EXPECT_EQ(std::count(spike.reasons.begin(), spike.reasons.end(), "the same from 192.0.2.2"), 1);
  ASSERT_EQ(report.tallies.size(), 1U);
  EXPECT_EQ(report.tallies[0].spikes, 1U);
  ASSERT_TRUE(spike.end.has_value());
  EXPECT_NEAR(static_cast<double>(spike.end->ns) / kNanosPerSecond, kFirstSecond + 500, 5);
}

TEST(SpikeDetector, ServersThatFailTogetherForOtherReasonsAreTwo) {
  const SpikeReport report = ReportAfter(600, TwoServersFail(0));
  ASSERT_EQ(report.spikes.size(), 2U);
  for (const Spike& spike : report.spikes) EXPECT_EQ(spike.dimension, SpikeDimension::kServer);
}

// Made-up names below another zone every `stay` seconds.
Fill ZonesInTurn(int64_t stay) {
  return [=](int64_t second, Window& window) {
    Usual(second, window);
    if (second < 300 || second >= 900) return;
    SmallSite::Add({.rcode = kNxDomainCode,
                    .zone = "z" + std::to_string((second - 300) / stay) + ".example.",
                    .count = 400,
                    .clients = 200,
                    .names = 400},
                   window);
  };
}

TEST(SpikeDetector, AnAttackThatGoesFromZoneToZoneIsOneSpike) {
  const SpikeReport report = ReportAfter(1000, ZonesInTurn(5));
  ASSERT_EQ(report.spikes.size(), 1U);
  const Spike& spike = report.spikes[0];
  EXPECT_EQ(spike.key, "z0.example.");
  EXPECT_EQ(spike.spike_class, SpikeClass::kRandomSubdomainAttack);
  EXPECT_EQ(std::count(spike.reasons.begin(), spike.reasons.end(), "the same in z1.example."), 1);
  ASSERT_FALSE(spike.reasons.empty());
  EXPECT_EQ(spike.reasons.back(), "and in 114 more");  // 120 zones, and six are named
  ASSERT_TRUE(spike.end.has_value());
  EXPECT_NEAR(static_cast<double>(spike.end->ns) / kNanosPerSecond, kFirstSecond + 900, 5);
}

TEST(SpikeDetector, TwoAttacksAtOnceAreTwoSpikes) {
  const SpikeReport report = ReportAfter(600, [](int64_t second, Window& window) {
    Usual(second, window);
    for (const auto& [zone, begin] : {std::pair("a.example.", 300), std::pair("b.example.", 310)}) {
      if (second < begin || second >= 400) continue;
      SmallSite::Add(
          {.rcode = kNxDomainCode, .zone = zone, .count = 400, .clients = 200, .names = 400},
          window);
    }
  });
  EXPECT_EQ(report.spikes.size(), 2U);
}

TEST(SpikeDetector, AnAttackMuchLaterIsAnotherSpike) {
  EXPECT_EQ(ReportAfter(1000, ZonesInTurn(200)).spikes.size(), 3U);
}

TEST(SpikeDetector, WhatIsOverIsToldAsItWasAtTheHighest) {
  const SpikeReport report = ReportAfter(600, [](int64_t second, Window& window) {
    Usual(second, window);
    // 60 a second, and less from the 41st second on.
    const int64_t count = std::min<int64_t>(60, 60 - 2 * (second - 340));
    if (second < 300 || count <= 0) return;
    SmallSite::Add({.rcode = kServFailCode,
                    .zone = "z.example.",
                    .count = static_cast<uint64_t>(count),
                    .clients = 20},
                   window);
  });
  ASSERT_EQ(report.spikes.size(), 1U);
  const Spike& spike = report.spikes[0];
  ASSERT_TRUE(spike.end.has_value());
  EXPECT_NEAR(spike.rate, 60, 2);
  EXPECT_NE(spike.text.find("+60/s"), std::string::npos) << spike.text;
}

TEST(SpikeDetector, LongerWindowsAreTakenForSoManySeconds) {
  SpikeDetector detector;
  for (int64_t second = 0; second < 600; second += 2) {
    Window window = SmallSite{}.At(second);
    window.length = 2 * kNanosPerSecond;
    Outage(300, 600)(second, window);
    detector.Add(window);
  }
  ASSERT_EQ(detector.active().size(), 1U);
  EXPECT_NEAR(detector.active()[0].rate, 30, 1e-6);
}

}  // namespace
}  // namespace rcodescope
