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
  MemorySource source(traffic.frames, true);
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

TEST(SameReport, MadeTrafficForAnyWorkersKeyAndKindOfMemory) {
  const Traffic traffic = MakeTraffic({.exchanges = 3000, .clients = 300, .zones = 200});
  MemorySource first(traffic.frames, true);
  const std::string expected = Reports(CountPackets(first, SmallOptions(1, kKeys[0])));
  for (const size_t workers : kWorkers) {
    for (const uint64_t key : kKeys) {
      for (const bool stable : {true, false}) {
        MemorySource source(traffic.frames, stable);
        const Snapshot snapshot = CountPackets(source, SmallOptions(workers, key));
        EXPECT_TRUE(Reports(snapshot) == expected)
            << workers << " workers, key " << key << (stable ? "" : ", borrowed bytes");
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
      MemorySource source(traffic.frames, false, window);
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
    MemorySource source(frames, true);
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
    MemorySource source(none, true);
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
    const std::string expected = Reports(snapshot);
    for (const size_t workers : std::array<size_t, 3>{2, 7, 16}) {
      FileSource source({.paths = {path}});
      EXPECT_TRUE(Reports(CountPackets(source, options(workers, kKeys[2]))) == expected)
          << workers << " workers";
    }
  }
  EXPECT_GT(responses, 0U);
}

}  // namespace
}  // namespace rcodescope
