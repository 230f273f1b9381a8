#include "app/worker.h"

namespace rcodescope {

void RunWorker(PacketSource& source, Decoder& decoder, Recorder& recorder) {
  PacketBatch batch;
  while (source.Poll(batch) == PollResult::kPackets) {
    if (recorder.Advance(batch.now)) decoder.Expire(recorder.window_begin());
    for (size_t i = 0; i < batch.size; ++i) decoder.Decode(batch.packets[i]);
    decoder.Flush();
  }
  decoder.Finish();
  recorder.Finish();
}

}  // namespace rcodescope
