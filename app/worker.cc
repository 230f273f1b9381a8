#include "app/worker.h"

namespace rcodescope {
namespace {

constexpr size_t kCacheLine = 64;
constexpr size_t kLinesAhead = 3;  // a packet, about: the next batch is as long as this one

// Fetches a packet's share of the bytes that the next Poll will look at, while this one is decoded.
void PrefetchShare(const std::byte* ahead, size_t index) {
  const std::byte* share = ahead + index * kLinesAhead * kCacheLine;
  for (size_t line = 0; line < kLinesAhead; ++line) {
    __builtin_prefetch(share + line * kCacheLine, /*rw=*/0, /*locality=*/2);
  }
}

}  // namespace

void RunWorker(PacketSource& source, Decoder& decoder, Recorder& recorder) {
  PacketBatch batch;
  while (source.Poll(batch) == PollResult::kPackets) {
    if (recorder.Advance(batch.now)) decoder.Expire(recorder.window_begin());
    for (size_t i = 0; i < batch.size; ++i) {
      if (batch.ahead != nullptr) PrefetchShare(batch.ahead, i);
      decoder.Decode(batch.packets[i]);
    }
    decoder.Flush();
  }
  decoder.Finish();
  recorder.Finish();
}

}  // namespace rcodescope
