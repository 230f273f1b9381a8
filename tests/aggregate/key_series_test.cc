// Keys on the page as somebody sees them who reads it now and then: no series ever decreases while
// it is there, and rates of keys and `other` add up to the rate of all responses.
#include "aggregate/key_series.h"

#include <cmath>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace rcodescope {
namespace {

constexpr uint64_t kSecret = 0x5ec2e7;
constexpr size_t kBytes = 4 << 20;
constexpr Rcode kNoError{RcodeSpace::kDns, 0};
constexpr Rcode kServFail{RcodeSpace::kDns, 2};
constexpr Rcode kBadVers{RcodeSpace::kDns, 16};

using Series = std::map<std::pair<std::string, Rcode>, uint64_t>;  // by key and code
using Sums = std::map<Rcode, uint64_t>;

Rcode AsIs(Rcode rcode) { return rcode; }

IpAddress Address(uint32_t number) {
  const uint32_t swapped = __builtin_bswap32(number);
  std::array<std::byte, 4> four;
  std::memcpy(four.data(), &swapped, four.size());
  return IpAddress::FromIpv4(four.data());
}

Series SeriesOf(const ExportedKeys& exported) {
  Series series;
  const auto add = [&](const KeyCount& row) {
    for (const auto& [rcode, count] : row.rcodes) series[{row.key, rcode}] += count;
  };
  for (const KeyCount& row : exported.keys) add(row);
  add(exported.other);
  return series;
}

// Clients and what they were answered, counted twice: in the table and here.
class Clients {
 public:
  void Answer(uint32_t client, Rcode rcode, uint64_t times = 1) {
    const LocatedKey key = table_.Locate(Address(client));
    for (uint64_t i = 0; i < times; ++i) table_.Add(key, {}, rcode);
    totals_[rcode] += times;
  }
  const KeyCounts& table() const { return table_; }
  const Sums& totals() const { return totals_; }

 private:
  KeyCounts table_{kBytes, false, kSecret};
  Sums totals_;
};

// Σ keys + other + retired, by code.
Sums SumsOf(const ExportedKeys& exported) {
  Sums sums;
  for (const auto& [series, count] : SeriesOf(exported)) sums[series.second] += count;
  for (const auto& [rcode, count] : exported.retired) sums[rcode] += count;
  std::erase_if(sums, [](const auto& sum) { return sum.second == 0; });
  return sums;
}

uint64_t Value(const ExportedKeys& exported, uint32_t client, Rcode rcode) {
  const Series series = SeriesOf(exported);
  const auto found = series.find({Address(client).ToString(), rcode});
  return found == series.end() ? 0 : found->second;
}

bool Shows(const ExportedKeys& exported, uint32_t client) {
  for (const KeyCount& row : exported.keys) {
    if (row.key == Address(client).ToString()) return true;
  }
  return false;
}

TEST(KeySeries, WhatIsThereAtFirstStandsWithAllItHas) {
  Clients clients;
  clients.Answer(1, kNoError, 7);
  clients.Answer(2, kServFail, 3);
  KeySeries series(Dimension::kClient, {.top = 10, .tenure = 4});
  const ExportedKeys first = series.Update(clients.table(), 100, AsIs);
  EXPECT_EQ(Value(first, 1, kNoError), 7U);
  EXPECT_EQ(Value(first, 2, kServFail), 3U);
  EXPECT_EQ(first.other.responses, 0U);
  clients.Answer(1, kNoError, 5);
  EXPECT_EQ(Value(series.Update(clients.table(), 101, AsIs), 1, kNoError), 12U);
}

TEST(KeySeries, AKeyThatComesLaterStandsAtNothingForATenure) {
  Clients clients;
  KeySeries series(Dimension::kClient, {.top = 10, .tenure = 4});
  series.Update(clients.table(), 100, AsIs);
  for (int64_t epoch = 101; epoch < 112; ++epoch) {
    clients.Answer(1, kNoError, 10);
    const ExportedKeys page = series.Update(clients.table(), epoch, AsIs);
    ASSERT_TRUE(Shows(page, 1));
    // It came at 101 and counts from 105 on, without what came until then.
    EXPECT_EQ(Value(page, 1, kNoError),
              epoch <= 105 ? 0U : static_cast<uint64_t>(epoch - 105) * 10);
    EXPECT_EQ(SumsOf(page), clients.totals());
  }
}

TEST(KeySeries, ACodeThatIsNewOnAKeyWaitsForATenureOfItsOwn) {
  Clients clients;
  clients.Answer(1, kNoError);
  KeySeries series(Dimension::kClient, {.top = 10, .tenure = 3});
  series.Update(clients.table(), 10, AsIs);
  for (int64_t epoch = 11; epoch < 20; ++epoch) {
    clients.Answer(1, kBadVers);
    clients.Answer(1, kNoError);
    const ExportedKeys page = series.Update(clients.table(), epoch, AsIs);
    EXPECT_EQ(Value(page, 1, kBadVers), epoch <= 14 ? 0U : static_cast<uint64_t>(epoch - 14));
    EXPECT_EQ(Value(page, 1, kNoError), static_cast<uint64_t>(epoch - 9));
    EXPECT_EQ(SumsOf(page), clients.totals());
  }
}

TEST(KeySeries, AKeyThatLeavesIsFrozenThenGoneThenRetired) {
  Clients clients;
  clients.Answer(1, kNoError, 5);
  KeySeries series(Dimension::kClient, {.top = 1, .tenure = 3});
  series.Update(clients.table(), 10, AsIs);
  clients.Answer(2, kNoError, 50);  // in place of the first
  for (int64_t epoch = 11; epoch < 20; ++epoch) {
    clients.Answer(1, kNoError);
    const ExportedKeys page = series.Update(clients.table(), epoch, AsIs);
    EXPECT_EQ(Shows(page, 1), epoch < 14) << epoch;
    if (epoch < 14) {
      EXPECT_EQ(Value(page, 1, kNoError), 5U);
    } else {
      EXPECT_EQ(page.retired, (std::vector<std::pair<Rcode, uint64_t>>{{kNoError, 5}}));
      EXPECT_EQ(page.evicted, 1U);
    }
    EXPECT_EQ(SumsOf(page), clients.totals());
  }
}

TEST(KeySeries, AFrozenKeyThatIsWantedAgainGoesOn) {
  Clients clients;
  clients.Answer(1, kNoError, 5);
  KeySeries series(Dimension::kClient, {.top = 1, .tenure = 5});
  series.Update(clients.table(), 10, AsIs);
  clients.Answer(2, kNoError, 6);
  EXPECT_EQ(Value(series.Update(clients.table(), 11, AsIs), 1, kNoError), 5U);
  clients.Answer(1, kNoError, 10);  // first again: these 10 are credited to other
  EXPECT_EQ(Value(series.Update(clients.table(), 12, AsIs), 1, kNoError), 5U);
  clients.Answer(1, kNoError, 2);
  const ExportedKeys page = series.Update(clients.table(), 13, AsIs);
  EXPECT_EQ(Value(page, 1, kNoError), 7U);
  EXPECT_EQ(page.evicted, 0U);
  EXPECT_EQ(SumsOf(page), clients.totals());
}

// What a Prometheus server makes of a page that it reads now and then: increase() of a series
// counts from its first reading on, and one that was gone begins anew.
class Reader {
 public:
  void Read(const ExportedKeys& page, const Sums& totals) {
    Series series = SeriesOf(page);
    for (const auto& [key, value] : series) {
      const auto last = last_.find(key);
      if (last == last_.end()) continue;
      EXPECT_GE(value, last->second) << key.first << " has decreased";
      increase_ += value - last->second;
    }
    last_ = std::move(series);
    uint64_t total = 0;
    for (const auto& [rcode, count] : totals) total += count;
    if (!begun_) first_total_ = total;
    begun_ = true;
    total_increase_ = total - first_total_;
  }

  double increase() const { return static_cast<double>(increase_); }
  double total_increase() const { return static_cast<double>(total_increase_); }

 private:
  Series last_;
  bool begun_ = false;
  uint64_t increase_ = 0;
  uint64_t first_total_ = 0;
  uint64_t total_increase_ = 0;
};

// Three hours of 680 clients that come and go through 50 places, read every 15 s and every 60 s.
TEST(KeySeries, RatesAddUpUnderChurn) {
  constexpr int64_t kEpoch = 5;  // seconds
  Clients clients;
  KeySeries series(Dimension::kClient, {.top = 50, .tenure = 2 * 60 / kEpoch});
  Reader quick;
  Reader slow;
  std::mt19937_64 random(7);
  uint64_t evicted = 0;
  for (int64_t epoch = 0; epoch < 3 * 3600 / kEpoch; ++epoch) {
    // Each quarter of an hour other clients are busy, more so than all before them.
    const auto phase = static_cast<uint32_t>(epoch / (900 / kEpoch));
    const uint64_t weight = 1 + phase * phase * 4;
    for (int i = 0; i < 60; ++i) {
      const auto client = static_cast<uint32_t>(phase * 56 + random() % 64);
      clients.Answer(client, random() % 10 == 0 ? kServFail : kNoError, weight);
    }
    for (int i = 0; i < 10; ++i) {
      clients.Answer(static_cast<uint32_t>(random() % 680),
                     random() % 50 == 0 ? kBadVers : kNoError);
    }
    const ExportedKeys page = series.Update(clients.table(), epoch, AsIs);
    EXPECT_LE(page.keys.size(), 2U * 50);
    ASSERT_EQ(SumsOf(page), clients.totals()) << "epoch " << epoch;
    evicted = page.evicted;
    if (epoch % (15 / kEpoch) == 0) quick.Read(page, clients.totals());
    if (epoch % (60 / kEpoch) == 0) slow.Read(page, clients.totals());
  }
  EXPECT_GT(evicted, 300U);
  for (const Reader* reader : {&quick, &slow}) {
    EXPECT_LT(std::abs(reader->increase() / reader->total_increase() - 1), 0.001);
  }
}

}  // namespace
}  // namespace rcodescope
