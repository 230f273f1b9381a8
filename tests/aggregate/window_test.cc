// Windows out of what workers hand over: nothing is left out, whoever saw it.
#include "aggregate/window.h"

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "aggregate/key_texts.h"
#include "aggregate/window_assembler.h"
#include "tests/aggregate/names.h"

namespace rcodescope {
namespace {

constexpr Rcode kServFail{RcodeSpace::kDns, kRcodeServFail};
constexpr uint64_t kSecret = 7;

IpAddress Host(uint32_t number) {
  const uint32_t swapped = __builtin_bswap32(number);
  std::array<std::byte, 4> four;
  std::memcpy(four.data(), &swapped, four.size());
  return IpAddress::FromIpv4(four.data());
}

// Counts one as a Recorder does.
void Count(const Observation& response, NameRef zone, WindowDelta& delta) {
  const KeyCounts servers(1, false, kSecret);
  const KeyCounts zones(1, true, kSecret);
  delta.totals.RecordResponse(response);
  const uint16_t server = delta.keys.CountServer(response, servers.Locate(response.server),
                                                 KeyCounts::Column(response.rcode));
  if (response.rcode == Rcode{}) return;
  const LocatedKey at = zone.empty() ? LocatedKey{} : zones.Locate(zone);
  delta.keys.AddError(delta.keys.LocateError(response, server, zone, at, response.client, 32));
}

Observation Failure(uint32_t client, uint32_t server) {
  Observation response{};
  response.is_response = true;
  response.rcode = kServFail;
  response.qtype = 1;
  response.client = Host(client);
  response.server = Host(server);
  return response;
}

Window Assembled(const std::vector<const WindowDelta*>& deltas) {
  WindowAssembler assembler(kNanosPerSecond, {});
  for (const WindowDelta* delta : deltas) assembler.Add(*delta);
  Window made;
  assembler.Close(1, 1, [&](const Window& window) { made = window; });
  return made;
}

uint64_t Sum(const std::vector<ErrorGroup>& groups) {
  uint64_t sum = 0;
  for (const ErrorGroup& group : groups) sum += group.responses;
  return sum;
}

TEST(Window, GroupsOfSeveralWorkersAreThoseOfOne) {
  const OwnedName zone("example.org");
  WindowDelta all(kSecret, {});
  WindowDelta first(kSecret, {});
  WindowDelta second(kSecret + 1, {.groups = 1024, .zones = 256});
  for (uint32_t i = 0; i < 300; ++i) {
    const Observation response = Failure(0x0a00'0000 + i % 40, 0xc000'0201 + i % 3);
    Count(response, zone.ref(), all);
    Count(response, zone.ref(), i % 7 == 0 ? first : second);
  }
  const Window one = Assembled({&all});
  const Window two = Assembled({&first, &second});
  ASSERT_EQ(one.errors.size(), 120U);
  ASSERT_EQ(two.errors.size(), one.errors.size());
  for (size_t i = 0; i < one.errors.size(); ++i) {
    EXPECT_EQ(two.errors[i].zone, "example.org.");
    EXPECT_EQ(two.errors[i].client, one.errors[i].client);
    EXPECT_EQ(two.errors[i].server, one.errors[i].server);
    EXPECT_EQ(two.errors[i].responses, one.errors[i].responses);
  }
  ASSERT_EQ(two.servers.size(), 3U);
  EXPECT_EQ(two.servers[0].server, "192.0.2.1");
  EXPECT_EQ(two.servers[0].rcodes[0].responses, 100U);
  ASSERT_EQ(two.spread.size(), one.spread.size());
  for (size_t i = 0; i < one.spread.size(); ++i) {
    EXPECT_EQ(two.spread[i].clients, one.spread[i].clients);
  }
}

// Every client, network, zone and server comes once: no group has room for all.
TEST(Window, WhatHasNoRoomIsKnownByItsCode) {
  const WindowRoom room{.groups = 1024, .zones = 256};
  WindowDelta delta(kSecret, room);
  constexpr uint32_t kFailures = 5'000;
  for (uint32_t i = 0; i < kFailures; ++i) {
    const OwnedName zone("z" + std::to_string(i) + ".example");
    Count(Failure(0x0a00'0000 + (i << 8), 0xc000'0000 + i), zone.ref(), delta);
  }
  const Window window = Assembled({&delta});
  EXPECT_EQ(Sum(window.errors), kFailures);
  EXPECT_LE(window.errors.size(), room.groups + 1);
  std::map<std::string, uint64_t> without;
  for (const ErrorGroup& group : window.errors) {
    if (group.client.empty()) without[group.server.empty() ? "any" : "server"] += group.responses;
  }
  EXPECT_GT(without["server"], 0U);
  EXPECT_GT(without["any"], 0U);
  EXPECT_GT(delta.keys.overflow().errors, 0U);

  delta.keys.Clear();
  delta.totals.Clear();
  Count(Failure(1, 2), {}, delta);
  const Window next = Assembled({&delta});
  ASSERT_EQ(next.errors.size(), 1U);
  EXPECT_EQ(next.errors[0].client, "0.0.0.1");
}

TEST(Window, OneDeltaOfSeveralSlicesMakesOneWindow) {
  WindowDelta late(kSecret, {});
  Count(Failure(1, 2), {}, late);
  late.last = 2;
  WindowDelta timely(kSecret, {});
  Count(Failure(3, 2), {}, timely);
  timely.window = timely.last = 1;
  WindowAssembler assembler(kNanosPerSecond, {});
  assembler.Add(late);
  assembler.Add(timely);
  std::vector<int64_t> lengths;
  const auto take = [&](const Window& window) { lengths.push_back(window.length); };
  assembler.Close(2, 1, take);  // some of it may still come
  EXPECT_TRUE(lengths.empty());
  assembler.Close(3, 1, take);
  EXPECT_EQ(lengths, std::vector<int64_t>{3 * kNanosPerSecond});
}

TEST(GroupOrder, ItDoesNotDependOnThatInWhichTheyCame) {
  std::vector<ErrorGroup> groups;
  for (int i = 0; i < 50; ++i) {
    groups.push_back({.rcode = kServFail,
                      .zone = "z" + std::to_string(i % 5) + ".",
                      .client = std::to_string(i % 10),
                      .responses = 1});
  }
  std::vector<ErrorGroup> backwards(groups.rbegin(), groups.rend());
  GroupOrder order;
  order.SortAndSum(groups);
  order.SortAndSum(backwards);
  ASSERT_EQ(groups.size(), 10U);
  for (size_t i = 0; i < groups.size(); ++i) {
    EXPECT_EQ(groups[i].zone, backwards[i].zone);
    EXPECT_EQ(groups[i].client, backwards[i].client);
    EXPECT_EQ(groups[i].responses, 5U);
  }
}

TEST(KeyTexts, OneTextForAllWhoHaveItAndNoneForNobody) {
  KeyTexts texts{KeyLabels()};
  const KeyText kept = texts.OfClient(Host(1), 32);
  EXPECT_EQ(kept, "0.0.0.1");
  for (uint32_t i = 2; i < 100; ++i) texts.OfClient(Host(i), 24);
  EXPECT_FALSE(kept.sole());
  texts.Bound(1000);  // there is room
  EXPECT_FALSE(kept.sole());
  texts.Bound(10);
  EXPECT_FALSE(kept.sole());
  EXPECT_TRUE(texts.OfClient(Host(2), 24).sole());
  EXPECT_EQ(texts.OfServer(Host(1)), kept);
}

}  // namespace
}  // namespace rcodescope
