#include "app/pipeline.h"

#include <algorithm>
#include <memory>
#include <new>
#include <optional>
#include <thread>
#include <vector>

#include "app/cpus.h"
#include "app/memory_plan.h"
#include "app/splitter.h"
#include "app/worker.h"

namespace rcodescope {
struct Pipeline::Worker {
  std::unique_ptr<Recorder> recorder;
  std::unique_ptr<Decoder> decoder;
};

Pipeline::Pipeline(const FrameOptions& frame_options, const ZonePolicy& zones,
                   const PipelineOptions& options)
    : options_(options),
      frame_options_(frame_options),
      board_(options.workers, options.hash_key),
      workers_(options.workers) {
  const MemoryPlan plan = PlanMemory(options.memory, options.workers);
  const DecoderOptions decoder_options = {.frames = frame_options,
                                          .fragment_bytes = plan.fragments,
                                          .tcp_bytes = plan.streams,
                                          .secret = options.hash_key};
  for (Worker& worker : workers_) {
    shards_.push_back(std::make_unique<Shard>(bell_, plan.key_delta, options.hash_key,
                                              options.recorder.count_members,
                                              WindowRoom::For(options.workers)));
    worker.recorder = std::make_unique<Recorder>(options.recorder, zones, *shards_.back(),
                                                 zones.learns() ? &board_ : nullptr);
    Recorder& recorder = *worker.recorder;
    const auto index = static_cast<size_t>(&worker - workers_.data());
    ObservationSink& sink =
        options.tap == nullptr ? recorder : options.tap->Before(index, recorder);
    worker.decoder = std::make_unique<Decoder>(decoder_options, sink);
    meters_.push_back(std::make_unique<WorkerMeter>());
  }
  const SiteTable* const sites = options.recorder.sites;
  collector_ = std::make_unique<Collector>(
      CollectorOptions{.window = options.recorder.window,
                       .key_bytes = plan.keys,
                       .top = options.top,
                       .secret = options.hash_key,
                       .labels = options.labels,
                       .tenure = options.tenure,
                       .board = zones.learns() ? &board_ : nullptr,
                       .cuts = zones.learns() ? CutsIn(options.memory) : 0,
                       .sites = sites == nullptr ? std::vector<std::string>{} : sites->names(),
                       .spikes = SpikeOptionsFor(options.memory),
                       .baseline = options.baseline,
                       .keep_baseline = options.keep_baseline,
                       .errors = options.keep_errors ? std::optional(ErrorRoomFor(options.memory))
                                                     : std::nullopt},
      bell_, shards_);
  const bool usable = std::all_of(shards_.begin(), shards_.end(),
                                  [](const auto& shard) { return shard->usable(); }) &&
                      std::all_of(workers_.begin(), workers_.end(),
                                  [](const Worker& worker) { return worker.decoder->usable(); });
  if (!usable || !collector_->usable()) throw std::bad_alloc();
  if (!options.prefault) return;
  for (const auto& shard : shards_) shard->keys.Prefault();
  collector_->Prefault();
}

Pipeline::~Pipeline() = default;

BatchWatcher* Pipeline::WatcherOf(size_t worker) const {
  return options_.tap == nullptr ? nullptr : options_.tap->watcher(worker);
}

Snapshot Pipeline::Replay(PacketSource& source, const CutSink& cut) {
  std::optional<Splitter> splitter;
  std::vector<std::thread> threads;
  threads.emplace_back([&] { collector_->Run(cut); });
  if (workers_.size() == 1) {
    RunWorker(source, *workers_[0].decoder, *workers_[0].recorder, nullptr, WatcherOf(0));
  } else {
    splitter.emplace(source, frame_options_, workers_.size(), options_.recorder.window,
                     options_.hash_key);
    for (size_t i = 0; i < workers_.size(); ++i) {
      threads.emplace_back([&, i] {
        RunWorker(splitter->way(i), *workers_[i].decoder, *workers_[i].recorder, nullptr,
                  WatcherOf(i));
      });
    }
    splitter->Run();
  }
  for (; !threads.empty(); threads.pop_back()) threads.back().join();

  // The reader's figures in place of the ways': what is lost between them is to be seen.
  Snapshot snapshot = collector_->Build({&source.Stats(), 1});
  if (options_.tap != nullptr) {
    snapshot.left_out = options_.tap->counts().left_out;
    snapshot.frames.message_residual -= static_cast<int64_t>(snapshot.left_out);
  }
  return snapshot;
}

void Pipeline::Watch(LiveCapture& capture, const CutSink& cut, const SpikeSink& spikes) {
  std::vector<std::thread> threads;
  threads.emplace_back([&] { collector_->Run(cut, spikes); });
  for (size_t i = 0; i < workers_.size(); ++i) {
    threads.emplace_back([&, i] {
      if (i < options_.cpus.size()) PinThread(options_.cpus[i]);
      RunWorker(capture.queue(i), *workers_[i].decoder, *workers_[i].recorder, meters_[i].get(),
                WatcherOf(i));
    });
  }
  for (std::thread& thread : threads) thread.join();
}

Snapshot RunPipeline(PacketSource& source, const FrameOptions& frame_options,
                     const ZonePolicy& zones, const PipelineOptions& options, const CutSink& cut) {
  return Pipeline(frame_options, zones, options).Replay(source, cut);
}

}  // namespace rcodescope
