#include "app/pipeline.h"

#include <algorithm>
#include <memory>
#include <new>
#include <thread>
#include <vector>

#include "aggregate/collector.h"
#include "app/splitter.h"
#include "app/worker.h"

namespace rcodescope {
namespace {

// A quarter of the memory is the collector's: what it can hold follows from --memory alone. Another
// is shared by the workers' tables, of which each worker has two. The rest is for reassembly.
constexpr uint64_t kCollectorShare = 4;
constexpr uint64_t kWorkersShare = 4;
constexpr uint64_t kCopies = 2;

struct Worker {
  std::unique_ptr<Recorder> recorder;
  DecoderStats decoded;
};

// Adds what source and decoders counted. Each figure is counted where it arises, none is computed
// from the others, so that the residuals say something.
void FillLedger(Snapshot& snapshot, const CaptureStats& source,
                const std::vector<Worker>& workers) {
  FrameLedger& frames = snapshot.frames;
  frames.seen = source.seen;
  frames.filtered = source.filtered;
  frames.bytes = source.bytes;
  uint64_t decoded = 0;
  uint64_t messages = 0;
  for (const Worker& worker : workers) {
    const DecoderStats& stats = worker.decoded;
    decoded += stats.frames();
    messages += stats.messages;
    for (size_t i = 0; i < kDispositions; ++i) frames.dispositions[i] += stats.dispositions[i];
    for (size_t i = 0; i < kMalformedReasons; ++i) snapshot.malformed[i] += stats.malformed[i];
    for (size_t i = 0; i < kAnomalies; ++i) snapshot.anomalies[i] += stats.anomalies[i];
  }
  frames.residual = static_cast<int64_t>(source.seen - decoded - frames.held);
  frames.message_residual =
      static_cast<int64_t>(messages - snapshot.query_total - snapshot.response_total);
  snapshot.first = source.first;
  snapshot.last = source.last;
  snapshot.record_anomalies = source.anomalies;
}

}  // namespace

Snapshot RunPipeline(PacketSource& source, const DnsPorts& ports, const ZonePolicy& zones,
                     const PipelineOptions& options) {
  const uint64_t collector_bytes = options.memory / kCollectorShare;
  const uint64_t shard_bytes = options.memory / kWorkersShare / (options.workers * kCopies);
  Bell bell;
  std::vector<std::unique_ptr<Shard>> shards;
  std::vector<Worker> workers(options.workers);
  for (Worker& worker : workers) {
    shards.push_back(std::make_unique<Shard>(bell, shard_bytes, options.hash_key));
    worker.recorder = std::make_unique<Recorder>(options.recorder, zones, *shards.back());
  }
  Collector collector({.window = options.recorder.window,
                       .key_bytes = collector_bytes,
                       .top = options.top,
                       .secret = options.hash_key},
                      bell, shards);

  const bool usable = std::all_of(shards.begin(), shards.end(),
                                  [](const auto& shard) { return shard->keys.usable(); });
  if (!usable || !collector.usable()) throw std::bad_alloc();
  const bool shared = workers.size() > 1;
  Splitter splitter(source, shared ? workers.size() : 0, options.recorder.window, options.hash_key);

  std::vector<std::thread> threads;
  threads.emplace_back([&] { collector.Run(); });
  if (!shared) {
    workers[0].decoded = RunWorker(source, ports, *workers[0].recorder);
  } else {
    for (size_t i = 0; i < workers.size(); ++i) {
      threads.emplace_back(
          [&, i] { workers[i].decoded = RunWorker(splitter.way(i), ports, *workers[i].recorder); });
    }
    splitter.Run();
    for (; threads.size() > 1; threads.pop_back()) threads.back().join();
  }
  threads.front().join();

  Snapshot snapshot = collector.Build();
  FillLedger(snapshot, source.Stats(), workers);
  return snapshot;
}

}  // namespace rcodescope
