// One frame of any link type: the first byte chooses the type, the second says how many bytes the
// capture cut off, the third where it might have cut the frame as well. No byte is read that was
// not captured, and the frame ends somewhere.
#include "tests/fuzz/checked_decoder.h"
#include "tests/fuzz/exact_block.h"
#include "tests/fuzz/frame_sequence.h"

namespace rcodescope {
namespace {

void DecodeFrame(const FuzzFrame& frame, std::span<const std::byte> bytes) {
  const ExactBlock block(bytes);
  CheckedDecoder decoder;
  decoder.Decode(frame.PacketAt(block.bytes()));
  decoder.FinishAndCheck();
}

}  // namespace
}  // namespace rcodescope

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace rcodescope;
  if (size < 3) return 0;
  const auto bytes = std::as_bytes(std::span(data + 3, size - 3));
  const FuzzFrame frame{.link = data[0], .missing = data[1]};
  DecodeFrame(frame, bytes);
  if (data[2] < bytes.size()) DecodeFrame(frame, bytes.first(data[2]));
  return 0;
}
