// From packet sources to snapshots: workers, one collector, and the sums that must agree.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "aggregate/collector.h"
#include "aggregate/recorder.h"
#include "aggregate/snapshot.h"
#include "aggregate/zone_policy.h"
#include "app/message_tap.h"
#include "app/worker_meter.h"
#include "capture/live.h"
#include "capture/source.h"
#include "parse/decoder.h"

namespace rcodescope {

struct PipelineOptions {
  size_t workers = 1;
  std::vector<uint16_t> cpus;             // Watch: what each worker runs on; empty: any
  uint64_t memory = uint64_t{256} << 20;  // bytes, for all tables; see PlanMemory
  bool prefault = false;                  // whether the tables of keys are made real at once
  size_t top = 500;
  uint64_t hash_key = 0;
  std::shared_ptr<const Baseline> baseline;  // see CollectorOptions
  bool keep_baseline = false;
  bool keep_errors = true;  // whose errors are whose, and when: of the page only
  LabelOptions labels;
  int64_t tenure = 0;  // epochs, see CollectorOptions
  RecorderOptions recorder;
  MessageTap* tap = nullptr;  // borrowed; null: nobody wants single messages

  // Snapshots every `epoch` ns of source time, rounded up to whole windows, for readers that look
  // no less often than every `interval`.
  void CutEvery(int64_t epoch, int64_t interval) {
    const int64_t windows = (epoch + recorder.window - 1) / recorder.window;
    recorder.epoch = windows * recorder.window;
    tenure = 2 * interval / recorder.epoch + 1;
  }
};

// All that counts, in memory taken at once. To be run once, by Replay or by Watch.
class Pipeline {
 public:
  // What `frame_options` and `zones` refer to is borrowed. Throws std::bad_alloc when the system
  // refuses the memory.
  Pipeline(const FrameOptions& frame_options, const ZonePolicy& zones,
           const PipelineOptions& options);
  ~Pipeline();

  // Counts everything `source` gives, on `workers` threads and one that collects, and returns when
  // the source has ended. The snapshot does not depend on the number of workers or the hash key
  // while no table overflowed. The names of its `sources` are the caller's to fill.
  //
  // `cut`, where there is one, gets a snapshot at the end of every epoch. There must be one worker
  // then: it alone knows the times of packets.
  Snapshot Replay(PacketSource& source, const CutSink& cut = {});

  // Counts what `capture` gives, each of its queues on a thread of its own; there are as many as
  // workers. `cut` gets a snapshot at the end of every epoch, the last one when the capture has
  // ended; then Watch returns. A worker whose CPU is refused (CheckCpus) runs on any.
  // `spikes` is told of every window in which some go on or have ended.
  void Watch(LiveCapture& capture, const CutSink& cut, const SpikeSink& spikes = {});

  // Any thread, while Watch runs: one a worker.
  const std::vector<std::unique_ptr<WorkerMeter>>& meters() const { return meters_; }
  // The same: whether the collector gets on.
  const Bell& bell() const { return bell_; }

 private:
  struct Worker;

  BatchWatcher* WatcherOf(size_t worker) const;

  PipelineOptions options_;
  FrameOptions frame_options_;
  Bell bell_;
  CutBoard board_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<Worker> workers_;
  std::vector<std::unique_ptr<WorkerMeter>> meters_;
  std::unique_ptr<Collector> collector_;
};

// Pipeline(…).Replay(source, cut).
Snapshot RunPipeline(PacketSource& source, const FrameOptions& frame_options,
                     const ZonePolicy& zones, const PipelineOptions& options,
                     const CutSink& cut = {});

}  // namespace rcodescope
