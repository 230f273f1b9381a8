#include "app/memory_plan.h"

#include <algorithm>

#include "aggregate/cut_learner.h"
#include "aggregate/shard.h"
#include "aggregate/tracked_keys.h"
#include "parse/fragment_table.h"
#include "parse/tcp_streams.h"

namespace rcodescope {
namespace {

// Sixteenths of what is left when everything of fixed size has been taken off. The last one is for
// what the C library needs beside what it is asked for.
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

}  // namespace

MemoryPlan PlanMemory(uint64_t total, size_t workers) {
  const uint64_t sums = kDimensions * CountTable::BytesFor(KeyCounts::kAllCodes) + kSums;
  const auto codes = [&](uint64_t whole) { return sums + CutsIn(whole) * CutLearner::kCutBytes; };
  const uint64_t windows =
      Shard::kWindowCopies * WindowDelta::TableBytes() +
      Shard::kKeyCopies * kDimensions * CountTable::BytesFor(KeyCounts::kFewCodes) + kScratch;
  const uint64_t least_delta = SmallestKeys<KeyCounts>();
  const uint64_t least_worker = windows + Shard::kKeyCopies * least_delta +
                                FragmentTable::kMinimumBytes + TcpStreams::kMinBytes;
  const uint64_t least_shared = std::max(DivideUp(workers * least_worker * kWhole, kWorkers),
                                         DivideUp(SmallestKeys<TrackedKeys>() * kWhole, kKeys));

  MemoryPlan plan{.total = total, .workers = workers, .windows = windows};
  plan.minimum =
      DivideUp((sums + least_shared) * kBytesPerCut, kBytesPerCut - CutLearner::kCutBytes);
  const uint64_t whole = std::max(total, plan.minimum);
  plan.codes = codes(whole);
  const uint64_t shared = whole - plan.codes;
  const uint64_t left = shared * kWorkers / kWhole / workers - windows;
  plan.keys = (std::max(total, codes(total)) - codes(total)) * kKeys / kWhole;
  plan.listing = shared * kListing / kWhole;
  plan.streams = std::max<uint64_t>(left * kStreams / kWorkerWhole, TcpStreams::kMinBytes);
  plan.fragments =
      std::max<uint64_t>(left * kFragments / kWorkerWhole, FragmentTable::kMinimumBytes);
  plan.key_delta = (left - plan.streams - plan.fragments) / Shard::kKeyCopies;
  return plan;
}

size_t WorkersFor(uint64_t total, size_t wanted) {
  size_t workers = wanted;
  while (workers > 1 && !PlanMemory(total, workers).enough()) --workers;
  return workers;
}

}  // namespace rcodescope
