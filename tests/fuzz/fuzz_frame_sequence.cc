// Frames through one Decoder, with times: fragments, TCP segments, anything between them. A batch
// of frames is freed after its Flush, and nothing is left unaccounted for.
#include <vector>

#include "tests/fuzz/checked_decoder.h"
#include "tests/fuzz/exact_block.h"
#include "tests/fuzz/frame_sequence.h"

namespace rcodescope {
namespace {

constexpr int64_t kBegin = 1'767'225'600 * kNanosPerSecond;  // 2026-01-01T00:00:00Z

void DecodeAll(const std::vector<FuzzFrame>& frames) {
  CheckedDecoder decoder;
  Timestamp now{kBegin};
  std::vector<ExactBlock> blocks;
  uint64_t number = 0;
  for (const FuzzFrame& frame : frames) {
    const Timestamp before = now;
    now.ns += int64_t{frame.step} * frame.step * frame.step * 1'000'000;
    const int64_t slice = SliceOf(now, kNanosPerSecond);
    if (slice != SliceOf(before, kNanosPerSecond)) decoder.Expire({slice * kNanosPerSecond});
    blocks.emplace_back(frame.bytes);
    Packet packet = frame.PacketAt(blocks.back().bytes());
    packet.time = now;
    packet.frame = ++number;
    decoder.Decode(packet);
    if (blocks.size() == PacketBatch::kCapacity) {
      decoder.FlushAndCheck();
      blocks.clear();
    }
  }
  decoder.FinishAndCheck();
}

}  // namespace
}  // namespace rcodescope

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  rcodescope::DecodeAll(rcodescope::TakeFrames(std::as_bytes(std::span(data, size))));
  return 0;
}
