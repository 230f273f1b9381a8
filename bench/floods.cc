// What decoding honest traffic costs beside a flood of a million frames, as a ratio to the same
// traffic undisturbed, in one run. Prints a line for each kind of flood:
//
//   rate       undisturbed time / time beside the flood, of the honest frames alone, from the
//              shortest time of each batch in alternated rounds
//   messages   of those in the traffic, how many came out
//   evicted    streams and datagrams that gave their places to others
//   memory     what the second half of the flood added to what is real
//   residual   frames given − frames ended: 0
//
// Exit status 1 when a rate is below 0.70, memory grew, or frames are missing.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>
#include <string>
#include <vector>

#include "bench/flood_run.h"

namespace rcodescope {
namespace {

constexpr size_t kHonest = 300'000;
constexpr size_t kFlood = 1'000'000;
constexpr size_t kRounds = 7;
constexpr double kLeastRate = 0.70;
constexpr uint64_t kMostGrowth = 1 << 20;  // the program's own, of nothing to do with floods

using Clock = std::chrono::steady_clock;

// The shortest time that each honest batch took in any of some runs: where other programs run
// beside, a sum of times would be theirs.
struct Shortest {
  std::vector<Clock::duration> batches;
  FloodResult result;  // of the last run

  double sum() const {
    return std::chrono::duration<double>(
               std::accumulate(batches.begin(), batches.end(), Clock::duration{}))
        .count();
  }
};

void Run(const HonestTraffic& traffic, const FloodKind* kind, Shortest& shortest) {
  size_t batch = 0;
  shortest.result = RunFlood(traffic, {.kind = kind, .frames = kFlood}, [&](const auto& decode) {
    const Clock::time_point begin = Clock::now();
    decode();
    const Clock::duration took = Clock::now() - begin;
    if (batch == shortest.batches.size()) shortest.batches.push_back(took);
    shortest.batches[batch] = std::min(shortest.batches[batch], took);
    ++batch;
  });
}

uint64_t Evicted(const FloodResult& result) {
  return result.reassembly[static_cast<size_t>(ReassemblyEvent::kStreamEvicted)] +
         result.reassembly[static_cast<size_t>(ReassemblyEvent::kDatagramEvicted)];
}

int64_t Residual(const FloodResult& result) {
  return static_cast<int64_t>(result.frames - result.decoder.frames() - result.held);
}

bool RunKind(const HonestTraffic& traffic, const FloodKind& kind) {
  Shortest undisturbed;
  Shortest beside;
  for (size_t round = 0; round < kRounds; ++round) {
    Run(traffic, nullptr, undisturbed);
    Run(traffic, &kind, beside);
  }
  const FloodResult& result = beside.result;
  const double rate = undisturbed.sum() / beside.sum();
  const uint64_t growth = result.resident - std::min(result.resident, result.resident_half_way);
  std::printf(
      "%-14s %5.2f  messages %.3f %%  evicted %7llu  memory +%llu KiB  "
      "residual %lld\n",
      std::string(kind.name).c_str(), rate,
      100.0 * static_cast<double>(result.honest_messages) / static_cast<double>(traffic.messages()),
      static_cast<unsigned long long>(Evicted(result)),
      static_cast<unsigned long long>(growth / 1024), static_cast<long long>(Residual(result)));
  std::fflush(stdout);
  return rate >= kLeastRate && growth <= kMostGrowth && Residual(result) == 0 && result.held == 0;
}

}  // namespace
}  // namespace rcodescope

int main() {
  using namespace rcodescope;
  const HonestTraffic traffic(kHonest);
  bool good = true;
  for (const FloodKind& kind : FloodKinds()) good &= RunKind(traffic, kind);
  return good ? 0 : 1;
}
