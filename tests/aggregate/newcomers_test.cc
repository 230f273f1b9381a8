// Clients that have errors all at once, among others that always have.
#include "aggregate/newcomers.h"

#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "tests/aggregate/spike_windows.h"

namespace rcodescope {
namespace {

void Add(const std::string& client, double count, GroupHistory& history) {
  history.Add({.rcode = kRefusedCode, .zone = "example.com.", .client = client}, count);
}

// 45 steps in which a hundred networks have one each, in turn.
GroupHistory Usual() {
  GroupHistory history(2400, 16'384);
  for (int step = 0; step < 45; ++step) {
    history.BeginStep();
    for (int i = 0; i < 10; ++i) {
      Add("198.51." + std::to_string((step * 10 + i) % 100) + ".7", 1, history);
    }
  }
  return history;
}

TEST(Newcomers, WhatComesAsAlwaysHasNone) {
  const Newcomers newcomers = FindNewcomers(Usual(), 5);
  EXPECT_EQ(newcomers.excess, 0);
  EXPECT_EQ(newcomers.surprise, 0);
}

TEST(Newcomers, ANetworkIsOneWhateverItsClients) {
  GroupHistory history = Usual();
  for (int step = 0; step < 3; ++step) {
    history.BeginStep();
    for (int host = 0; host < 8; ++host) {
      Add("192.0.2." + std::to_string(step * 8 + host), 1, history);
    }
  }
  // Of 24 responses none came in the 42 steps that count: at most 3 · 1/42 were to be expected, of
  // any of the 101.
  const Newcomers newcomers = FindNewcomers(history, 3);
  EXPECT_NEAR(newcomers.excess, (24 - 3.0 / 42) / 3, 1e-9);
  EXPECT_NEAR(newcomers.surprise, 24 * std::log(24 * 42 / 3.0) - (24 - 3.0 / 42) - std::log(101),
              1e-9);
}

TEST(Newcomers, OneWhoAlwaysHasManyIsNone) {
  GroupHistory history(2400, 16'384);
  for (int step = 0; step < 48; ++step) {
    history.BeginStep();
    Add("192.0.2.1", 8, history);
    Add("198.51.100." + std::to_string(step), 1, history);
  }
  EXPECT_EQ(FindNewcomers(history, 3).excess, 0);
}

// What rises for some seconds has had a part of it just before.
TEST(Newcomers, WhatCameJustBeforeIsNotHeldAgainstThem) {
  GroupHistory history = Usual();
  for (int step = 0; step < 3; ++step) {
    history.BeginStep();
    Add("192.0.2.1", 8, history);
  }
  const double alone = FindNewcomers(history, 3).excess;
  for (int step = 0; step < 3; ++step) {
    history.BeginStep();
    Add("192.0.2.1", 8, history);
  }
  EXPECT_GT(alone, 7.9);
  EXPECT_EQ(FindNewcomers(history, 3).excess, alone);
}

TEST(Newcomers, AShortPastTellsNothing) {
  GroupHistory history(2400, 16'384);
  for (int step = 0; step < 8; ++step) {
    history.BeginStep();
    Add("192.0.2.1", step < 5 ? 0 : 50, history);
  }
  EXPECT_EQ(FindNewcomers(history, 3).excess, 0);
}

// A client's address is the window's business where clients are not told apart.
TEST(Newcomers, ResponsesWithoutAClientAreNobodys) {
  GroupHistory history = Usual();
  for (int step = 0; step < 3; ++step) {
    history.BeginStep();
    Add("", 50, history);
  }
  EXPECT_EQ(FindNewcomers(history, 3).excess, 0);
}

}  // namespace
}  // namespace rcodescope
