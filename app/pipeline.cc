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

// Parts of the memory. What the collector can hold follows from --memory alone. The others are
// divided among the workers, each of which has two key tables. The rest is reserve.
constexpr uint64_t kCollectorShare = 4;
constexpr uint64_t kWorkersShare = 4;
constexpr uint64_t kTcpShare = 8;
constexpr uint64_t kFragmentShare = 16;
constexpr uint64_t kCopies = 2;

struct Worker {
  std::unique_ptr<Recorder> recorder;
  std::unique_ptr<Decoder> decoder;
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
    const DecoderStats stats = worker.decoder->stats();
    decoded += stats.frames();
    messages += stats.messages;
    frames.held += worker.decoder->held();
    const ReassemblyCounts reassembly = worker.decoder->reassembly();
    for (size_t i = 0; i < kReassemblyEvents; ++i) snapshot.reassembly[i] += reassembly[i];
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

Snapshot RunPipeline(PacketSource& source, const FrameOptions& frame_options,
                     const ZonePolicy& zones, const PipelineOptions& options) {
  const uint64_t collector_bytes = options.memory / kCollectorShare;
  const uint64_t shard_bytes = options.memory / kWorkersShare / (options.workers * kCopies);
  const DecoderOptions decoder_options = {
      .frames = frame_options,
      .fragment_bytes = std::max<uint64_t>(options.memory / kFragmentShare / options.workers,
                                           FragmentTable::kMinimumBytes),
      .tcp_bytes =
          std::max<uint64_t>(options.memory / kTcpShare / options.workers, TcpStreams::kMinBytes),
      .secret = options.hash_key};
  Bell bell;
  std::vector<std::unique_ptr<Shard>> shards;
  std::vector<Worker> workers(options.workers);
  for (Worker& worker : workers) {
    shards.push_back(std::make_unique<Shard>(bell, shard_bytes, options.hash_key));
    worker.recorder = std::make_unique<Recorder>(options.recorder, zones, *shards.back());
    worker.decoder = std::make_unique<Decoder>(decoder_options, *worker.recorder);
  }
  Collector collector({.window = options.recorder.window,
                       .key_bytes = collector_bytes,
                       .top = options.top,
                       .secret = options.hash_key},
                      bell, shards);

  const bool usable = std::all_of(shards.begin(), shards.end(),
                                  [](const auto& shard) { return shard->keys.usable(); }) &&
                      std::all_of(workers.begin(), workers.end(),
                                  [](const Worker& worker) { return worker.decoder->usable(); });
  if (!usable || !collector.usable()) throw std::bad_alloc();
  const bool shared = workers.size() > 1;
  Splitter splitter(source, frame_options, shared ? workers.size() : 0, options.recorder.window,
                    options.hash_key);

  std::vector<std::thread> threads;
  threads.emplace_back([&] { collector.Run(); });
  if (!shared) {
    RunWorker(source, *workers[0].decoder, *workers[0].recorder);
  } else {
    for (size_t i = 0; i < workers.size(); ++i) {
      threads.emplace_back(
          [&, i] { RunWorker(splitter.way(i), *workers[i].decoder, *workers[i].recorder); });
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
