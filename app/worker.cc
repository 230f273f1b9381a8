#include "app/worker.h"

namespace rcodescope {
namespace {

constexpr size_t kCacheLine = 64;
constexpr size_t kLinesAhead = 3;  // a packet, about: the next batch is as long as this one

// Fetches a packet's share of the bytes that the next Poll will look at, while this one is decoded.
void PrefetchShare(const std::byte* share) {
  for (size_t line = 0; line < kLinesAhead; ++line) {
    __builtin_prefetch(share + line * kCacheLine, /*rw=*/0, /*locality=*/2);
  }
}

void Count(const PacketBatch& batch, Decoder& decoder) {
  // Where nothing is known to lie ahead, what lies there now, which costs nothing.
  const std::byte* share = batch.ahead;
  const size_t step = share == nullptr ? 0 : kLinesAhead * kCacheLine;
  if (share == nullptr) share = reinterpret_cast<const std::byte*>(&batch);
  const Packet* const end = batch.packets.data() + batch.size;
  for (const Packet* packet = batch.packets.data(); packet != end; ++packet, share += step) {
    PrefetchShare(share);
    decoder.Decode(*packet);
  }
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
