#include "app/worker.h"

namespace rcodescope {
namespace {

void Count(const PacketBatch& batch, Decoder& decoder) {
  for (size_t i = 0; i < batch.size; ++i) decoder.Decode(batch.packets[i]);
  decoder.Flush();
}

void CountMetered(const PacketBatch& batch, Decoder& decoder, WorkerMeter& meter) {
  if (batch.size != 0) {
    meter.Begin();
    Count(batch, decoder);
    meter.End();
  }
  meter.Poll(batch.now);
}

}  // namespace

void RunWorker(PacketSource& source, Decoder& decoder, Recorder& recorder, WorkerMeter* meter,
               BatchWatcher* watcher) {
  PacketBatch batch;
  CaptureStats given;  // up to the batch before, where an epoch may end there
  while (source.Poll(batch) == PollResult::kPackets) {
    if (recorder.Enters(batch.now)) {
      recorder.Advance(batch.now, LedgerOf(given, decoder));
      decoder.Expire(recorder.window_begin());
    }
    if (watcher != nullptr) watcher->Begin(batch);
    if (meter == nullptr) {
      Count(batch, decoder);
    } else {
      CountMetered(batch, decoder, *meter);
    }
    if (recorder.has_epochs()) given = source.Stats();
  }
  decoder.Finish();
  recorder.Finish(LedgerOf(source.Stats(), decoder));
  if (meter != nullptr) meter->Finish();
}

}  // namespace rcodescope
