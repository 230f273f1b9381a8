// Zone cuts go from the workers to the collector and back to all of them: from two windows later
// on, and so in equal measure for any number of workers.
#include <array>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "parse/protocol.h"
#include "tests/pipeline/conservation.h"
#include "tests/pipeline/run.h"
#include "tests/pipeline/traffic.h"
#include "tests/support/frames.h"

namespace rcodescope {
namespace {

constexpr int64_t kWindow = 10'000'000;  // ns
constexpr int64_t kBegin = 1'767'225'600 * kNanosPerSecond;
constexpr size_t kServers = 5;
constexpr size_t kDepartments = 12;
constexpr size_t kClients = 200;

struct Made {
  std::vector<TimedFrame> frames;
  std::map<std::string, uint64_t> zones;
};

// Servers of departments' zones below one registrable domain. One response in four denies a name
// and tells the zone by that; the others tell nothing. With windows in which nothing is said, and
// long ones between which what is known runs out.
Made MakeMany(unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&](size_t limit) { return random() % limit; };
  Made made;
  // By server and department: from when on it is in force, and when it was told last.
  std::map<std::pair<size_t, size_t>, std::pair<int64_t, int64_t>> known;
  constexpr int64_t kLifetime = 900 * kNanosPerSecond / kWindow;
  int64_t window = kBegin / kWindow;
  for (int step = 0; step < 400; ++step) {
    window += step % 50 == 49 ? 2 * kLifetime : 1 + static_cast<int64_t>(below(3) / 2);
    const size_t messages = below(12);
    for (size_t i = 0; i < messages; ++i) {
      const size_t server = below(kServers);
      const size_t department = below(kDepartments);
      const bool denies = below(4) == 0;
      const std::string zone = "d" + std::to_string(department) + ".example.com";
      DnsMessage message{.rcode = static_cast<uint8_t>(denies ? kRcodeNxDomain : kRcodeServFail),
                         .questions = {{.name = Name("host." + zone)}}};
      if (denies) message.authority = {Soa(Name(zone))};
      const auto client = static_cast<uint8_t>(below(kClients));
      const Ipv4Fields addresses{.source = {192, 0, 2, static_cast<uint8_t>(server)},
                                 .destination = {198, 51, 100, client}};
      made.frames.push_back({{window * kWindow + static_cast<int64_t>(i)},
                             Ethernet(Ipv4(Udp(Wire(message)), addresses))});
      auto& [from, last] =
          known.try_emplace({server, department}, window + 1'000'000, 0).first->second;
      const bool in_force = from <= window && window <= last + kLifetime;
      ++made.zones[denies || in_force ? zone + "." : "example.com."];
      if (!denies) continue;
      if (last == 0 || window > last + kLifetime) from = window + 2;
      last = window;
    }
  }
  return made;
}

Snapshot Count(const Made& made, size_t workers, uint64_t key) {
  PipelineOptions options = SmallOptions(workers, key);
  options.recorder.window = kWindow;
  MemorySource source(made.frames, kWindow);
  return CountPackets(source, options);
}

TEST(ZoneCuts, AreInForceTwoWindowsLaterForAnyWorkers) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    const Made made = MakeMany(seed);
    std::string expected;
    for (const size_t workers : std::array<size_t, 5>{1, 2, 4, 7, 16}) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", " << workers << " workers");
      const Snapshot snapshot = Count(made, workers, workers * seed);
      ExpectConserved(snapshot, 500);
      std::map<std::string, uint64_t> zones;
      for (const KeyCount& zone : snapshot.dimensions[static_cast<size_t>(Dimension::kZone)].top) {
        zones[zone.key] = zone.responses;
      }
      EXPECT_EQ(zones, made.zones);
      if (expected.empty()) expected = Reports(snapshot);
      EXPECT_TRUE(Reports(snapshot) == expected);
    }
  }
}

TEST(ZoneCuts, EvidenceThatIsNotBelievedIsToldByReason) {
  const auto denial = [](const char* name, const char* zone) {
    const DnsMessage message{.rcode = kRcodeNxDomain,
                             .questions = {{.name = Name(name)}},
                             .authority = {Soa(Name(zone))}};
    return TimedFrame{{kBegin}, Ethernet(Ipv4(Udp(Wire(message))))};
  };
  const Made made{.frames = {denial("host.eng.example.com", "eng.example.com"),  // believed
                             denial("www.example.com", "example.net"),
                             denial("eng.example.com", "other.example.com"),
                             denial("www.eng.example.com", "www.eng.example.com")},
                  .zones = {}};
  const Snapshot snapshot = Count(made, 1, 1);
  EXPECT_EQ(snapshot.zone_cuts.tracked, 1U);
  EvidenceRefusals expected{};
  expected[static_cast<size_t>(EvidenceRefusal::kOtherBranch)] = 2;
  expected[static_cast<size_t>(EvidenceRefusal::kDeniedApex)] = 1;
  EXPECT_EQ(snapshot.zone_cuts.refusals, expected);
}

TEST(ZoneCuts, ThatFindNoRoomAreToldInTheReport) {
  Made made;
  constexpr size_t kZones = 600;
  for (size_t i = 0; i < 2 * kZones; ++i) {
    const std::string zone = "z" + std::to_string(i % kZones) + ".example.com";
    const bool denies = i < kZones;
    DnsMessage message{.rcode = static_cast<uint8_t>(denies ? kRcodeNxDomain : kRcodeServFail),
                       .questions = {{.name = Name("host." + zone)}}};
    if (denies) message.authority = {Soa(Name(zone))};
    const Timestamp time{kBegin + (denies ? 0 : 5 * kWindow)};
    made.frames.push_back({time, Ethernet(Ipv4(Udp(Wire(message))))});
  }
  for (const size_t workers : std::array<size_t, 2>{1, 4}) {
    PipelineOptions options = SmallOptions(workers, 1);
    options.memory = uint64_t{1} << 20;
    options.recorder.window = kWindow;
    MemorySource source(made.frames, kWindow);
    const Snapshot snapshot = CountPackets(source, options);
    ExpectConserved(snapshot, 500);
    EXPECT_EQ(snapshot.zone_cuts.capacity, 64U);  // one for 16 KiB
    EXPECT_EQ(snapshot.zone_cuts.tracked, 64U);
    EXPECT_EQ(snapshot.zone_cuts.refusals[static_cast<size_t>(EvidenceRefusal::kNoRoom)],
              kZones - 64);
  }
}

}  // namespace
}  // namespace rcodescope
