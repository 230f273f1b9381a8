// The loop, the same for every source.
#pragma once

#include "aggregate/recorder.h"
#include "app/worker_meter.h"
#include "capture/source.h"
#include "parse/decoder.h"

namespace rcodescope {

// Who wants to see the frames of the messages it is given.
class BatchWatcher {
 public:
  virtual ~BatchWatcher() = default;
  // Before the frames of a batch are decoded; they stay until the next call.
  virtual void Begin(const PacketBatch& batch) = 0;
};

// Decodes and counts what `source` gives until its end, then what waited in reassembly, and hands
// over what is left. `decoder` gives to `recorder`. `meter`, where there is one, is kept up to
// date; `watcher`, where there is one, is shown every batch.
void RunWorker(PacketSource& source, Decoder& decoder, Recorder& recorder,
               WorkerMeter* meter = nullptr, BatchWatcher* watcher = nullptr);

}  // namespace rcodescope
