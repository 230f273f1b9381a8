// Whose errors are whose, and when, against plain sums of everything.
#include "aggregate/error_history.h"

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace rcodescope {
namespace {

constexpr Rcode kServFail{RcodeSpace::kDns, 2};
constexpr Rcode kNxDomain{RcodeSpace::kDns, 3};
constexpr Rcode kBadKey{RcodeSpace::kTsig, 17};

using Path = std::tuple<Rcode, std::string, std::string, std::string>;
using Sums = std::map<Path, uint64_t>;

Rcode AsIs(Rcode rcode) { return rcode; }
std::string SameClient(const std::string& client) { return client; }

struct Traffic {
  size_t zones = 10;
  size_t clients = 10;
  size_t codes = 3;
  size_t groups = 50;  // a window
};

std::string Client(uint64_t number) {
  return "10." + std::to_string(number >> 16 & 255) + "." + std::to_string(number >> 8 & 255) +
         "." + std::to_string(number & 255);
}

// Groups that differ in type and error, some without a zone, a server or a client.
Window RandomWindow(int64_t second, const Traffic& traffic, std::mt19937_64& random) {
  Window window;
  window.begin = {second * kNanosPerSecond};
  window.rcodes = {{Rcode{}, 1}};
  for (size_t i = 0; i < traffic.groups; ++i) {
    const auto code = static_cast<uint16_t>(1 + random() % traffic.codes);
    const auto part = [&](std::string text) { return random() % 20 == 0 ? "" : text; };
    window.errors.push_back({.rcode = {RcodeSpace::kDns, code},
                             .zone = part("z" + std::to_string(random() % traffic.zones) + "."),
                             .server = part("192.0.2." + std::to_string(random() % 5)),
                             .client = part(Client(random() % traffic.clients)),
                             .qtype = static_cast<uint16_t>(random() % 3),
                             .responses = 1 + random() % 9});
  }
  return window;
}

Path PathOf(const ErrorGroup& group) {
  return {group.rcode, group.zone.str(), group.server.str(), group.client.str()};
}
Path PathOf(const ErrorPath& path) { return {path.rcode, path.zone, path.server, path.client}; }

void Count(const Window& window, Sums& sums) {
  for (const ErrorGroup& group : window.errors) sums[PathOf(group)] += group.responses;
}

Sums SumsOf(const std::vector<ErrorPath>& paths) {
  Sums sums;
  for (const ErrorPath& path : paths) {
    EXPECT_TRUE(sums.emplace(PathOf(path), path.responses).second) << "each path once";
  }
  return sums;
}

std::map<Rcode, uint64_t> ByCode(const Sums& sums) {
  std::map<Rcode, uint64_t> codes;
  for (const auto& [path, count] : sums) codes[std::get<Rcode>(path)] += count;
  return codes;
}

// The sum below the first `levels` keys of a path: code, zone, server.
Sums Above(const Sums& sums, size_t levels) {
  Sums above;
  for (const auto& [path, count] : sums) {
    Path part = path;
    std::get<3>(part).clear();
    if (levels < 3) std::get<2>(part).clear();
    above[part] += count;
  }
  return above;
}

TEST(ErrorPaths, AreAllWhileThereIsRoom) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    std::mt19937_64 random(seed);
    ErrorPaths paths(5000);
    Sums expected;
    for (int64_t second = 0; second < 40; ++second) {
      const Window window = RandomWindow(second, {.groups = 500}, random);
      Count(window, expected);
      paths.Add(window);
    }
    ASSERT_LT(expected.size(), 5000U);
    const std::vector<ErrorPath> found = paths.Build(5000, AsIs, SameClient);
    EXPECT_EQ(SumsOf(found), expected) << seed;
    EXPECT_TRUE(std::is_sorted(found.begin(), found.end(), [](const auto& a, const auto& b) {
      return a.responses > b.responses;
    }));
  }
}

TEST(ErrorPaths, NoResponseIsLostWhereThereIsNot) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    ErrorPaths paths(64);
    Sums truth;
    for (int64_t second = 0; second < 60; ++second) {
      Window window = RandomWindow(second, {.zones = 300, .clients = 5000, .groups = 200}, random);
      window.errors.push_back({.rcode = kServFail,
                               .zone = "bank.example.",
                               .server = "192.0.2.9",
                               .client = "198.51.100.7",
                               .responses = 300});
      Count(window, truth);
      paths.Add(window);
    }
    const Sums found = SumsOf(paths.Build(32, AsIs, SameClient));
    EXPECT_LE(found.size(), 32U);
    EXPECT_EQ(ByCode(found), ByCode(truth));
    EXPECT_EQ(found.at({kServFail, "bank.example.", "192.0.2.9", "198.51.100.7"}), 60U * 300U);
    for (const size_t levels : std::array<size_t, 2>{2, 3}) {
      const Sums real = Above(truth, levels);
      for (const auto& [path, count] : Above(found, levels)) {
        // Where a key is empty there is what was folded.
        if (std::get<1>(path).empty() || (levels == 3 && std::get<2>(path).empty())) continue;
        ASSERT_TRUE(real.contains(path));
        EXPECT_LE(count, real.at(path));
      }
    }
  }
}

TEST(ErrorPaths, AFailureOutweighsManyNamesThatDoNotExist) {
  ErrorPaths paths(16);
  for (int64_t second = 0; second < 100; ++second) {
    Window window;
    for (uint64_t i = 0; i < 40; ++i) {
      window.errors.push_back({.rcode = kNxDomain,
                               .zone = "a.",
                               .server = "192.0.2.1",
                               .client = Client(static_cast<uint64_t>(second) * 40 + i),
                               .responses = 2});
    }
    window.errors.push_back({.rcode = kServFail,
                             .zone = "b.",
                             .server = "192.0.2.2",
                             .client = "10.9.9.9",
                             .responses = 1});
    paths.Add(window);
  }
  const Sums found = SumsOf(paths.Build(16, AsIs, SameClient));
  EXPECT_EQ(found.at({kServFail, "b.", "192.0.2.2", "10.9.9.9"}), 100U);
  // What is known without the clients is not lost above the server.
  EXPECT_EQ(Above(found, 3).at({kNxDomain, "a.", "192.0.2.1", ""}), 100U * 40 * 2);
}

TEST(ErrorPaths, ThousandsOfCodesStayFew) {
  ErrorPaths paths(64);
  Window window;
  for (uint32_t code = 0; code < 60'000; ++code) {
    window.errors.push_back({.rcode = {RcodeSpace::kTsig, static_cast<uint16_t>(30 + code)},
                             .zone = "z" + std::to_string(code % 7) + ".",
                             .responses = 1});
  }
  paths.Add(window);
  const Sums found = SumsOf(paths.Build(64, AsIs, SameClient));
  EXPECT_LE(found.size(), 64U / 2 + 100);
  uint64_t sum = 0;
  for (const auto& [path, count] : found) sum += count;
  EXPECT_EQ(sum, 60'000U);
}

TEST(ErrorPaths, ACodeIsListedAsItIsShown) {
  ErrorPaths paths(64);
  Window window;
  window.errors.push_back({.rcode = {RcodeSpace::kTsig, 999}, .zone = "a.", .responses = 2});
  window.errors.push_back({.rcode = {RcodeSpace::kTsig, 998}, .zone = "a.", .responses = 3});
  paths.Add(window);
  const Sums found = SumsOf(paths.Build(
      64, [](Rcode) { return kBadKey; }, SameClient));
  EXPECT_EQ(found, (Sums{{{kBadKey, "a.", "", ""}, 5}}));
}

// By dimension, key and code: errors by second.
using Seconds = std::map<int64_t, uint64_t>;
using Truth = std::array<std::map<std::string, std::map<Rcode, Seconds>>, kDimensions>;

void Count(const Window& window, int64_t second, Truth& truth) {
  for (const ErrorGroup& group : window.errors) {
    const std::array<std::string, kDimensions> keys = {group.server, group.zone, group.client};
    for (size_t i = 0; i < kDimensions; ++i) {
      if (!keys[i].empty()) truth[i][keys[i]][group.rcode][second] += group.responses;
    }
  }
}

std::array<DimensionCount, kDimensions> DimensionsOf(const Truth& truth) {
  std::array<DimensionCount, kDimensions> dimensions;
  for (size_t i = 0; i < kDimensions; ++i) {
    for (const auto& [key, codes] : truth[i]) {
      KeyCount& row = dimensions[i].top.emplace_back();
      row.key = key;
      for (const auto& [rcode, seconds] : codes) {
        for (const auto& [second, count] : seconds) row.errors += count;
      }
    }
  }
  return dimensions;
}

int64_t Floor(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

// Calls visit(step, found, true count) for each step of a code.
template <typename Visit>
void Compare(const KeyErrorSteps& found, const KeyErrorSteps::Code& code, const Seconds& seconds,
             Visit visit) {
  std::vector<uint64_t> expected(found.steps);
  for (const auto& [second, count] : seconds) {
    const int64_t step = Floor(second * kNanosPerSecond - found.begin.ns, found.step);
    ASSERT_GE(step, 0);
    expected.at(static_cast<size_t>(step)) += count;
  }
  ASSERT_EQ(code.steps.size(), found.steps);
  for (size_t step = 0; step < found.steps; ++step) visit(step, code.steps[step], expected[step]);
}

TEST(ErrorSteps, AreExactWhileThereIsRoom) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    ErrorSteps steps(kNanosPerSecond, 256);
    Truth truth;
    int64_t second = static_cast<int64_t>(random() % 4'000'000'000) - 2'000'000'000;
    const int64_t begin = second;
    const uint64_t gap = uint64_t{1} << (seed % 20);
    for (int window = 0; window < 300; ++window) {
      const Window one = RandomWindow(second, {.groups = 5}, random);
      Count(one, second, truth);
      steps.Add(one);
      second += 1 + static_cast<int64_t>(random() % gap);
    }
    const KeyErrorSteps found = steps.Build(DimensionsOf(truth), 1000, AsIs, SameClient);
    EXPECT_LE(found.steps, static_cast<size_t>(ErrorSteps::kMostSteps));
    EXPECT_EQ(found.begin.ns % found.step, 0);
    EXPECT_LE(found.begin.ns, begin * kNanosPerSecond);
    EXPECT_GT(found.begin.ns + found.step, begin * kNanosPerSecond);
    for (size_t i = 0; i < kDimensions; ++i) {
      ASSERT_EQ(found.keys[i].size(), truth[i].size());
      for (const KeyErrorSteps::Key& key : found.keys[i]) {
        ASSERT_EQ(key.rcodes.size(), truth[i].at(key.key).size());
        for (const KeyErrorSteps::Code& code : key.rcodes) {
          EXPECT_EQ(code.known_from, 0U);
          Compare(found, code, truth[i].at(key.key).at(code.rcode),
                  [&](size_t step, uint64_t count, uint64_t real) {
                    EXPECT_EQ(count, real) << key.key << " step " << step;
                  });
        }
      }
    }
  }
}

TEST(ErrorSteps, WhatIsNotKnownIsSaidSo) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    ErrorSteps steps(kNanosPerSecond, 16);
    Truth truth;
    for (int64_t second = 0; second < 600; ++second) {
      Window one = RandomWindow(second, {.zones = 400, .clients = 4000, .groups = 20}, random);
      const auto add = [&](const char* zone, uint64_t count) {
        one.errors.push_back({.rcode = kServFail, .zone = zone, .responses = count});
      };
      add("always.", 400);
      // Too few at first, so that it comes and goes; most of all in the end.
      add("late.", second < 400 ? 1 : 900);
      Count(one, second, truth);
      steps.Add(one);
    }
    const KeyErrorSteps found = steps.Build(DimensionsOf(truth), 1000, AsIs, SameClient);
    size_t late = 0;
    for (size_t i = 0; i < kDimensions; ++i) {
      for (const KeyErrorSteps::Key& key : found.keys[i]) {
        for (const KeyErrorSteps::Code& code : key.rcodes) {
          if (key.key == "always." && code.rcode == kServFail) {
            EXPECT_EQ(code.known_from, 0U);
          }
          if (key.key == "late." && code.rcode == kServFail) late = code.known_from;
          Compare(found, code, truth[i].at(key.key).at(code.rcode),
                  [&](size_t step, uint64_t count, uint64_t real) {
                    const bool known =
                        step > code.known_from || (step == code.known_from && code.known_from == 0);
                    if (known) {
                      EXPECT_EQ(count, real) << key.key << ' ' << step;
                    } else {
                      EXPECT_LE(count, step < code.known_from ? 0 : real);
                    }
                  });
        }
      }
    }
    EXPECT_GT(late, 0U);
    EXPECT_LE(late, 400 * kNanosPerSecond / found.step);
  }
}

TEST(ErrorSteps, OfTheKeysWithMostErrorsOnly) {
  ErrorSteps steps(kNanosPerSecond, 64);
  Truth truth;
  Window window;
  window.rcodes = {{kServFail, 1}};
  for (uint64_t i = 0; i < 20; ++i) {
    window.errors.push_back({.rcode = kServFail, .client = Client(i), .responses = i + 1});
  }
  Count(window, 0, truth);
  steps.Add(window);
  const KeyErrorSteps found = steps.Build(DimensionsOf(truth), 3, AsIs, SameClient);
  const auto& clients = found.keys[static_cast<size_t>(Dimension::kClient)];
  ASSERT_EQ(clients.size(), 3U);
  EXPECT_EQ(clients[0].key, Client(17));
  EXPECT_EQ(clients[2].key, Client(19));
}

TEST(ErrorHistory, NetworksAreNamedAsInTheReport) {
  ErrorHistory history(kNanosPerSecond, {}, {.client_prefix_v4 = 24, .client_prefix_v6 = 56});
  Window window;
  window.rcodes = {{kServFail, 4}};
  for (const char* client : {"198.51.100.0/24", "2001:db8:0:100::/56", "2001:db8::/48"}) {
    window.errors.push_back({.rcode = kServFail,
                             .zone = "a.",
                             .server = "192.0.2.1",
                             .client = client,
                             .responses = 1});
  }
  history.Add(window);
  Snapshot snapshot;
  for (const char* client : {"198.51.100.0", "2001:db8:0:100::"}) {
    snapshot.dimensions[static_cast<size_t>(Dimension::kClient)].top.push_back(
        {.key = client, .responses = 1, .errors = 1, .rcodes = {{kServFail, 1}}});
  }
  history.Build(snapshot, AsIs);
  std::vector<std::string> clients;
  for (const ErrorPath& path : snapshot.error_paths) clients.push_back(path.client);
  EXPECT_EQ(clients,
            (std::vector<std::string>{"198.51.100.0", "2001:db8:0:100::", "2001:db8::/48"}));
  EXPECT_EQ(snapshot.key_errors.keys[static_cast<size_t>(Dimension::kClient)].size(), 2U);
}

}  // namespace
}  // namespace rcodescope
