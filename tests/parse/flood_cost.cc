// Decodes generated traffic undisturbed and beside each kind of flood, for callgrind, which counts
// the honest batches only and writes a part of its profile after each run, named by the flood. On
// standard output, as JSON lines, what came of each run.
//
//   flood_cost [HONEST FLOOD]    frames
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <valgrind/callgrind.h>

#include "bench/flood_run.h"

namespace rcodescope {
namespace {

uint64_t Event(const FloodResult& result, ReassemblyEvent event) {
  return result.reassembly[static_cast<size_t>(event)];
}

void Run(const HonestTraffic& traffic, const FloodKind* kind, size_t flood) {
  const std::string name(kind == nullptr ? "undisturbed" : kind->name);
  CALLGRIND_ZERO_STATS;
  const FloodResult result = RunFlood(
      traffic, {.kind = kind, .frames = kind == nullptr ? 0 : flood}, [](const auto& decode) {
        CALLGRIND_TOGGLE_COLLECT;
        decode();
        CALLGRIND_TOGGLE_COLLECT;
      });
  CALLGRIND_DUMP_STATS_AT(name.c_str());
  std::printf("{\"name\": \"%s\", \"frames\": %" PRIu64 ", \"ended\": %" PRIu64
              ", \"held\": %" PRIu64 ", \"messages\": %" PRIu64 ", \"honest\": %" PRIu64
              ", \"streams_evicted\": %" PRIu64 ", \"datagrams_evicted\": %" PRIu64
              ", \"datagrams_refused\": %" PRIu64 ", \"grown\": %" PRId64 "}\n",
              name.c_str(), result.frames, result.decoder.frames(), result.held, traffic.messages(),
              result.honest_messages, Event(result, ReassemblyEvent::kStreamEvicted),
              Event(result, ReassemblyEvent::kDatagramEvicted),
              Event(result, ReassemblyEvent::kDatagramOverlap) +
                  Event(result, ReassemblyEvent::kDatagramInvalid),
              static_cast<int64_t>(result.resident - result.resident_half_way));
}

}  // namespace
}  // namespace rcodescope

int main(int argc, char** argv) {
  using namespace rcodescope;
  const HonestTraffic traffic(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 20'000);
  const size_t flood = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 100'000;
  Run(traffic, nullptr, 0);
  for (const FloodKind& kind : FloodKinds()) Run(traffic, &kind, flood);
  return 0;
}
