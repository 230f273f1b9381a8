// The same packets give the same snapshot for any number of workers and any hash key, and its sums
// are those of the packets.
#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "capture/file_source.h"
#include "tests/pipeline/conservation.h"
#include "tests/pipeline/run.h"
#include "tests/pipeline/traffic.h"
#include "tests/support/frames.h"

namespace rcodescope {
namespace {

constexpr std::array<size_t, 5> kWorkers = {1, 2, 4, 7, 16};
constexpr std::array<uint64_t, 4> kKeys = {0, 1, 0x0123'4567'89ab'cdef, ~uint64_t{0}};

TEST(SameReport, MadeTrafficIsCountedAsItWasMade) {
  const Traffic traffic = MakeTraffic({});
  MemorySource source(traffic.frames);
  const Snapshot snapshot = CountPackets(source, SmallOptions(1, 1));
  ExpectConserved(snapshot, 500);
  EXPECT_EQ(snapshot.frames.seen, traffic.frames.size());
  EXPECT_EQ(snapshot.query_total, traffic.queries);
  EXPECT_EQ(snapshot.response_total, traffic.responses);
  EXPECT_EQ(RcodesOf(snapshot), traffic.rcodes);
  for (size_t i = 0; i < kDimensions; ++i) {
    SCOPED_TRACE(kDimensionNames[i]);
    std::map<std::string, RcodeCounts> found;
    for (const KeyCount& row : snapshot.dimensions[i].top) {
      found[row.key].insert(row.rcodes.begin(), row.rcodes.end());
    }
    EXPECT_EQ(found, traffic.keys[i]);
  }
}

TEST(SameReport, MadeTrafficForAnyWorkersAndKey) {
  const Traffic traffic = MakeTraffic({.exchanges = 3000, .clients = 300, .zones = 200});
  MemorySource first(traffic.frames);
  const std::string expected = Reports(CountPackets(first, SmallOptions(1, kKeys[0])));
  for (const size_t workers : kWorkers) {
    for (const uint64_t key : kKeys) {
      MemorySource source(traffic.frames);
      const Snapshot snapshot = CountPackets(source, SmallOptions(workers, key));
      EXPECT_TRUE(Reports(snapshot) == expected) << workers << " workers, key " << key;
    }
  }
}

// The traffic's errors by code, and by zone, server and client below that, are in the paths.
TEST(SameReport, PathsOfErrorsAddUp) {
  const Traffic traffic = MakeTraffic({});
  MemorySource source(traffic.frames);
  const Snapshot snapshot = CountPackets(source, SmallOptions(2, 1));
  EXPECT_EQ(snapshot.error_overflow, 0U);
  std::map<Rcode, uint64_t> of_queries;
  for (const ResponseCount& row : snapshot.responses) {
    if (row.opcode == Opcode::kQuery && row.rcode != Rcode{}) of_queries[row.rcode] += row.count;
  }
  std::map<Rcode, uint64_t> of_paths;
  std::array<std::map<std::string, RcodeCounts>, kDimensions> by_key;
  for (const ErrorPath& path : snapshot.error_paths) {
    of_paths[path.rcode] += path.responses;
    const std::array<std::string, kDimensions> keys = {path.server, path.zone, path.client};
    for (size_t i = 0; i < kDimensions; ++i) by_key[i][keys[i]][path.rcode] += path.responses;
  }
  EXPECT_FALSE(of_paths.empty());
  EXPECT_EQ(of_paths, of_queries);
  for (size_t i = 0; i < kDimensions; ++i) {
    for (const auto& [key, rcodes] : by_key[i]) {
      if (key.empty()) continue;
      ASSERT_TRUE(traffic.keys[i].contains(key)) << key;
      for (const auto& [rcode, count] : rcodes) {
        EXPECT_LE(count, traffic.keys[i].at(key).at(rcode)) << key;
      }
    }
  }
}

TEST(SameReport, WindowsOfAnyWidth) {
  const Traffic traffic = MakeTraffic({.exchanges = 600});
  for (const int64_t window : {int64_t{1'000'000}, int64_t{333'333'333}, 3600 * kNanosPerSecond}) {
    SCOPED_TRACE(window);
    std::string expected;
    for (const size_t workers : std::array<size_t, 3>{1, 2, 7}) {
      PipelineOptions options = SmallOptions(workers, 1);
      options.recorder.window = window;
      MemorySource source(traffic.frames, window);
      const Snapshot snapshot = CountPackets(source, options);
      ExpectConserved(snapshot, options.top);
      if (expected.empty()) expected = Reports(snapshot);
      EXPECT_TRUE(Reports(snapshot) == expected) << workers << " workers";
    }
  }
}

// More TSIG errors without a name than are told apart; which ones are must not depend on who
// comes first.
TEST(SameReport, MoreErrorCodesThanAreToldApart) {
  constexpr size_t kCodes = kMostErrorCodes + 500;
  const Traffic plain = MakeTraffic({.exchanges = 2 * kCodes});
  std::vector<TimedFrame> frames;
  for (size_t i = 0; i < 2 * kCodes; ++i) {
    const auto code = static_cast<uint16_t>(30'000 + i * 7 % kCodes);
    const DnsMessage message{.rcode = 9, .additional = {Tsig({.error = code})}};
    const auto port = static_cast<uint16_t>(1024 + i * 17);
    frames.push_back(
        {plain.frames[i].time, Ethernet(Ipv4(Udp(Wire(message), {.destination = port})))});
  }
  std::string expected;
  for (const size_t workers : kWorkers) {
    MemorySource source(frames);
    const Snapshot snapshot = CountPackets(source, SmallOptions(workers, workers));
    ExpectConserved(snapshot, 500);
    EXPECT_EQ(RcodesOf(snapshot).size(), kMostErrorCodes + 1);
    if (expected.empty()) expected = Reports(snapshot);
    EXPECT_TRUE(Reports(snapshot) == expected) << workers << " workers";
  }
}

TEST(SameReport, NothingAtAll) {
  const std::vector<TimedFrame> none;
  std::string expected;
  for (const size_t workers : kWorkers) {
    MemorySource source(none);
    const Snapshot snapshot = CountPackets(source, SmallOptions(workers, workers));
    ExpectConserved(snapshot, 500);
    EXPECT_EQ(snapshot.frames.seen, 0U);
    EXPECT_EQ(snapshot.first, kNoTime);
    if (expected.empty()) expected = Reports(snapshot);
    EXPECT_EQ(Reports(snapshot), expected);
  }
}

std::vector<std::string> Captures() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(RCODESCOPE_CAPTURES)) {
    const std::string extension = entry.path().extension();
    if (extension == ".pcap" || extension == ".pcapng") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// Whose errors are whose depends on the workers where a window had no room for all: of these
// captures only in the one with 4,096 codes.
Snapshot WithoutOverflow(Snapshot snapshot) {
  if (snapshot.responses.size() < 4096) {
    EXPECT_EQ(snapshot.error_overflow, 0U);
    return snapshot;
  }
  snapshot.error_overflow = 0;
  snapshot.error_paths.clear();
  snapshot.key_errors = {};
  return snapshot;
}

TEST(SameReport, CapturesForAnyWorkersAndKey) {
  const std::vector<std::string> paths = Captures();
  ASSERT_GT(paths.size(), 30U);
  uint64_t responses = 0;
  const auto options = [](size_t workers, uint64_t key) {
    PipelineOptions small = SmallOptions(workers, key);
    small.memory = uint64_t{24} << 20;
    return small;
  };
  for (const std::string& path : paths) {
    SCOPED_TRACE(path);
    FileSource first({.paths = {path}});
    const Snapshot snapshot = CountPackets(first, options(1, kKeys[0]));
    ExpectConserved(snapshot, 500);
    responses += snapshot.response_total;
    const std::string expected = Reports(WithoutOverflow(snapshot));
    for (const size_t workers : std::array<size_t, 3>{2, 7, 16}) {
      FileSource source({.paths = {path}});
      const Snapshot other = CountPackets(source, options(workers, kKeys[2]));
      EXPECT_TRUE(Reports(WithoutOverflow(other)) == expected) << workers << " workers";
    }
  }
  EXPECT_GT(responses, 0U);
}

}  // namespace
}  // namespace rcodescope
