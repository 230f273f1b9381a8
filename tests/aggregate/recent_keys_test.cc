// Who has had most of late.
#include "aggregate/recent_keys.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>

#include <gtest/gtest.h>

#include "aggregate/key_series.h"

namespace rcodescope {
namespace {

constexpr uint64_t kSecret = 0x5ec2e7;
constexpr size_t kBytes = 1 << 20;
constexpr Rcode kNoError{RcodeSpace::kDns, kRcodeNoError};
constexpr Rcode kServFail{RcodeSpace::kDns, kRcodeServFail};

IpAddress Address(uint32_t number) {
  std::array<std::byte, 4> four;
  std::memcpy(four.data(), &number, four.size());
  return IpAddress::FromIpv4(four.data());
}

void Answer(KeyCounts& table, uint32_t client, Rcode rcode, int times) {
  for (int i = 0; i < times; ++i) table.Add(table.Locate(Address(client)), {}, rcode);
}

CountKey KeyOf(uint32_t client) {
  return KeyCounts(kBytes, false, kSecret).Locate(Address(client)).key;
}

std::map<uint32_t, FadingVolume> VolumesOf(const RecentKeys& recent, uint32_t clients) {
  std::map<uint32_t, FadingVolume> volumes;
  recent.ForEach([&](const CountKey& key, const FadingVolume& volume) {
    for (uint32_t client = 0; client < clients; ++client) {
      if (KeyOf(client) == key) volumes[client] = volume;
    }
  });
  return volumes;
}

TEST(RecentKeys, VolumesFade) {
  RecentKeys recent(10, 4);
  KeyCounts delta(kBytes, false, kSecret);
  Answer(delta, 1, kNoError, 90);
  Answer(delta, 1, kServFail, 10);
  recent.Add(delta);
  EXPECT_DOUBLE_EQ(VolumesOf(recent, 2)[1].responses, 100);
  for (int epoch = 0; epoch < 4; ++epoch) recent.EndEpoch();
  EXPECT_NEAR(VolumesOf(recent, 2)[1].responses, 50, 1e-9);
  EXPECT_NEAR(VolumesOf(recent, 2)[1].errors, 5, 1e-9);
}

TEST(RecentKeys, NoMoreThanTheLargestAreRemembered) {
  constexpr size_t kMost = 4;
  RecentKeys recent(kMost, 100);
  for (uint32_t epoch = 0; epoch < 20; ++epoch) {
    KeyCounts delta(kBytes, false, kSecret);
    Answer(delta, 1, kNoError, 500);
    Answer(delta, 2, kServFail, 20);
    for (uint32_t client = 0; client < 50; ++client) {
      Answer(delta, 3 + epoch * 50 + client, kNoError, 2);
    }
    recent.Add(delta);
    recent.EndEpoch();
  }
  size_t remembered = 0;
  recent.ForEach([&](const CountKey&, const FadingVolume&) { ++remembered; });
  EXPECT_LE(remembered, 4 * kMost);
  auto volumes = VolumesOf(recent, 3);
  EXPECT_GT(volumes[1].responses, 20 * 500 * 0.8);
  EXPECT_GT(volumes[2].errors, 20 * 20 * 0.8);
}

// After years of good service somebody else fails.
TEST(RecentKeys, WhoFailsNowIsOnThePage) {
  KeyCounts all(kBytes, false, kSecret);
  KeySeries series(Dimension::kClient, {.top = 4, .tenure = 2});
  const auto epoch = [&](int64_t number, auto answers) {
    KeyCounts delta(kBytes, false, kSecret);
    answers(delta);
    all.MergeFrom(delta);
    series.Note(delta);
    return series.Update(all, number, [](Rcode rcode) { return rcode; });
  };
  const auto shows = [](const ExportedKeys& page, uint32_t client) {
    return std::any_of(page.keys.begin(), page.keys.end(),
                       [&](const KeyCount& row) { return row.key == Address(client).ToString(); });
  };
  for (int64_t number = 0; number < 100; ++number) {
    epoch(number, [](KeyCounts& delta) {
      for (uint32_t client = 1; client <= 4; ++client) Answer(delta, client, kServFail, 100);
    });
  }
  ExportedKeys page;
  for (int64_t number = 100; number < 120; ++number) {
    page = epoch(number, [](KeyCounts& delta) {
      for (uint32_t client = 1; client <= 4; ++client) Answer(delta, client, kNoError, 10);
      Answer(delta, 9, kServFail, 60);
    });
  }
  EXPECT_TRUE(shows(page, 9)) << "it has 1,200 errors and the others 10,000 each";
}

// Among keys that come once, nothing of a single epoch tells who fails again and again.
TEST(RecentKeys, WhoFailsNowAndThenIsOnThePage) {
  constexpr uint32_t kOften = 7;
  KeyCounts all(kBytes, false, kSecret);
  KeySeries series(Dimension::kClient, {.top = 8, .tenure = 2});
  ExportedKeys page;
  for (uint32_t number = 0; number < 100; ++number) {
    KeyCounts delta(kBytes, false, kSecret);
    for (uint32_t client = 0; client < 100; ++client) {
      Answer(delta, 1000 + number * 100 + client, kServFail, 1);
    }
    Answer(delta, kOften, kServFail, 1);
    all.MergeFrom(delta);
    series.Note(delta);
    page = series.Update(all, number, [](Rcode rcode) { return rcode; });
  }
  EXPECT_TRUE(std::any_of(page.keys.begin(), page.keys.end(), [&](const KeyCount& row) {
    return row.key == Address(kOften).ToString();
  }));
}

}  // namespace
}  // namespace rcodescope
