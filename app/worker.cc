#include "app/worker.h"

#include <memory>

namespace rcodescope {

DecoderStats RunWorker(PacketSource& source, const DnsPorts& ports, Recorder& recorder) {
  const auto decoder = std::make_unique<Decoder>(ports, recorder);
  PacketBatch batch;
  while (source.Poll(batch) == PollResult::kPackets) {
    recorder.Advance(batch.now);
    for (size_t i = 0; i < batch.size; ++i) decoder->Decode(batch.packets[i]);
    decoder->Flush();
  }
  recorder.Finish();
  return decoder->stats();
}

}  // namespace rcodescope
