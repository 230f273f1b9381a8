#include "app/memory_plan.h"

#include <algorithm>

#include "aggregate/cut_learner.h"
#include "aggregate/newcomers.h"
#include "aggregate/shard.h"
#include "aggregate/sibling_watch.h"
#include "aggregate/tracked_keys.h"
#include "parse/fragment_table.h"
#include "parse/tcp_streams.h"

namespace rcodescope {
namespace {

// Sixteenths of what is left when everything of fixed size has been taken off. The last one is for
// what the C library needs beside what it is asked for, and for whose errors are whose.
constexpr uint64_t kWhole = 16;
constexpr uint64_t kKeys = 6;
constexpr uint64_t kListing = 2;
constexpr uint64_t kWorkers = 7;
// Sevenths of what a worker has; the rest is for its two tables of keys.
constexpr uint64_t kWorkerWhole = 7;
constexpr uint64_t kStreams = 2;
constexpr uint64_t kFragments = 1;

constexpr uint64_t kSums = uint64_t{2} << 20;     // the collector's series and sums, about
constexpr uint64_t kScratch = uint64_t{1} << 18;  // a decoder's, a batch of observations

// What the spike detector's entries take, about, with the C library's part; see SpikeOptions.
constexpr uint64_t kNameBytes = 176;     // of a client or zone, where it stands once
constexpr uint64_t kWatchBytes = 1'950;  // of a key, with all codes
constexpr uint64_t kGroupBytes = sizeof(ErrorGroup) + sizeof(double) + kNameBytes;
constexpr uint64_t kUsualBytes = 40;
constexpr uint64_t kRowBytes = 104 + kNameBytes;
// While newcomers are looked for: an address's row, and a network's with its name.
constexpr uint64_t kNewcomerBytes = 64 + 144;
// In one window: a group three times and its names; a zone's row and a new rate with one code.
constexpr uint64_t kWindowGroupBytes = 3 * sizeof(ErrorGroup) + kNameBytes;
constexpr uint64_t kWindowZoneBytes = 850 + kNameBytes;

uint64_t DivideUp(uint64_t dividend, uint64_t divisor) {
  return (dividend + divisor - 1) / divisor;
}

// The least memory in which each dimension has its smallest table.
template <typename Table>
uint64_t SmallestKeys() {
  uint64_t bytes = 0;
  for (size_t i = 0; i < kDimensions; ++i) {
    const auto dimension = static_cast<Dimension>(i);
    constexpr uint64_t kUnit = 100'000;  // to see the dimension's share
    const uint64_t share = KeyBytesOf(dimension, kUnit);
    bytes = std::max(bytes, DivideUp(Table::SmallestBytes(HasNames(dimension)) * kUnit, share));
  }
  return bytes;
}

// With so much memory the detector follows as much as it does by default.
constexpr uint64_t kAmpleMemory = uint64_t{256} << 20;

uint64_t SpikeBytes(const SpikeOptions& options) {
  const uint64_t watches = options.most_servers + options.most_zones + options.most_sites;
  const uint64_t groups = options.rcodes.size() * options.most_groups;
  return watches * kWatchBytes + groups * (kGroupBytes + 2 * kUsualBytes) +
         MostClients(options.most_groups) * kNewcomerBytes + options.most_rows * kRowBytes +
         options.most_siblings * SiblingWatch::kSiblingBytes;
}

// A path: its group, which a snapshot may have once more, and where it stands while groups are put
// in order.
uint64_t ErrorBytes(const ErrorRoom& room) {
  constexpr uint64_t kPathBytes = 2 * sizeof(ErrorGroup) + 2 * 3 * sizeof(uint64_t) + kNameBytes;
  return ErrorPaths::kRoom * room.paths * kPathBytes +
         kDimensions * room.rows * (ErrorSteps::kRowBytes + kNameBytes);
}

// Of kBytesPerCut bytes, what the detector has.
uint64_t SpikePart() { return DivideUp(SpikeBytes({}) * kBytesPerCut, kAmpleMemory); }

uint64_t SpikesIn(uint64_t total) {
  return DivideUp(std::min(total, kAmpleMemory), kBytesPerCut) * SpikePart();
}

uint64_t WindowsOnTheirWay(size_t workers) {
  const WindowRoom room = WindowRoom::For(workers);
  return workers * (room.groups * kWindowGroupBytes + room.zones * kWindowZoneBytes);
}

// The least total that leaves so much when cuts and spikes have theirs.
uint64_t LeastTotal(uint64_t rest) {
  const uint64_t part = kBytesPerCut - CutLearner::kCutBytes;
  const uint64_t scarce = DivideUp(rest * kBytesPerCut, part - SpikePart()) + kBytesPerCut;
  if (scarce <= kAmpleMemory) return scarce;
  return DivideUp((rest + SpikesIn(kAmpleMemory)) * kBytesPerCut, part);
}

}  // namespace

MemoryPlan PlanMemory(uint64_t total, size_t workers) {
  const uint64_t sums = kDimensions * CountTable::BytesFor(KeyCounts::kAllCodes) + kSums;
  const auto codes = [&](uint64_t whole) { return sums + CutsIn(whole) * CutLearner::kCutBytes; };
  const uint64_t passing = WindowsOnTheirWay(workers);
  const uint64_t windows =
      Shard::kWindowCopies * WindowDelta::TableBytes(WindowRoom::For(workers)) +
      Shard::kKeyCopies * kDimensions * CountTable::BytesFor(KeyCounts::kFewCodes) + kScratch;
  const uint64_t least_delta = SmallestKeys<KeyCounts>();
  const uint64_t least_worker = windows + Shard::kKeyCopies * least_delta +
                                FragmentTable::kMinimumBytes + TcpStreams::kMinBytes;
  // Beside the keys of all time.
  constexpr uint64_t kOthers = kWhole - kKeys;
  const uint64_t least_others = DivideUp(workers * least_worker * kOthers, kWorkers) + passing;
  const uint64_t least_shared = std::max(DivideUp(least_others * kWhole, kOthers),
                                         DivideUp(SmallestKeys<TrackedKeys>() * kWhole, kKeys));

  MemoryPlan plan{.total = total, .workers = workers, .windows = windows};
  plan.errors = ErrorBytes(ErrorRoomFor(total));
  plan.minimum = LeastTotal(sums + least_shared);
  const uint64_t whole = std::max(total, plan.minimum);
  plan.codes = codes(whole);
  plan.spikes = SpikesIn(whole) + passing;
  const uint64_t fixed = codes(total) + SpikesIn(total);
  plan.keys = (std::max(total, fixed) - fixed) * kKeys / kWhole;
  const uint64_t others = (whole - plan.codes - SpikesIn(whole)) * kOthers / kWhole - passing;
  plan.listing = others * kListing / kOthers;
  const uint64_t left = others * kWorkers / kOthers / workers - windows;
  plan.streams = std::max<uint64_t>(left * kStreams / kWorkerWhole, TcpStreams::kMinBytes);
  plan.fragments =
      std::max<uint64_t>(left * kFragments / kWorkerWhole, FragmentTable::kMinimumBytes);
  plan.key_delta = (left - plan.streams - plan.fragments) / Shard::kKeyCopies;
  return plan;
}

SpikeOptions SpikeOptionsFor(uint64_t total) {
  SpikeOptions options;
  const uint64_t memory = std::clamp(total, kAmpleMemory / 16, kAmpleMemory);
  for (size_t* most : {&options.most_servers, &options.most_zones, &options.most_sites,
                       &options.most_groups, &options.most_rows, &options.most_siblings}) {
    *most = *most * memory / kAmpleMemory;
  }
  return options;
}

ErrorRoom ErrorRoomFor(uint64_t total) {
  ErrorRoom room;
  const uint64_t memory = std::clamp(total, kAmpleMemory / 16, kAmpleMemory);
  room.paths = room.paths * memory / kAmpleMemory;
  room.rows = room.rows * memory / kAmpleMemory;
  return room;
}

size_t WorkersFor(uint64_t total, size_t wanted) {
  size_t workers = wanted;
  while (workers > 1 && !PlanMemory(total, workers).enough()) --workers;
  return workers;
}

}  // namespace rcodescope
