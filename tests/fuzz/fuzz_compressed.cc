// Compressed bytes through ByteInput: what was compressed comes out again, what is cut off or
// damaged ends with an error and not with a crash.
#include <algorithm>
#include <cstdint>
#include <optional>

#include "capture/byte_input.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/require.h"
#include "tests/support/capture_file.h"

namespace rcodescope {
namespace {

// From the first byte of the input: bit 7 chooses a pipe, the others what is done.
enum Mode { kAsIs, kGzip, kZstd, kCutGzip, kCutZstd, kDamagedGzip, kDamagedZstd, kTwice, kModes };

constexpr size_t kMostOutput = 64 << 20;
constexpr size_t kMagicSize = 18;  // longer than what tells the formats

struct Output {
  Bytes bytes;
  bool good;
};

Output Drain(const Bytes& file, bool pipe) {
  const MemoryFile memory(
      file, pipe && file.size() < 60'000 ? MemoryFile::Kind::kPipe : MemoryFile::Kind::kPlain);
  auto input = OpenByteInput(memory.path(), -1, /*read_ahead=*/false);
  if (!input.ok()) return {.bytes = {}, .good = false};
  Output output;
  size_t want = 1;
  while ((*input)->Refill(want) || !(*input)->window().empty()) {
    const auto window = (*input)->window();
    output.bytes.insert(output.bytes.end(), window.begin(), window.end());
    (*input)->Consume(window.size());
    want = want % 1000 + 7;
    if (output.bytes.size() > kMostOutput) break;
  }
  output.good = (*input)->status().ok();
  return output;
}

void CheckWhole(const Bytes& content, const Bytes& compressed, bool pipe) {
  const Output output = Drain(compressed, pipe);
  Require(output.good, "what was compressed is not damaged");
  Require(output.bytes == content, "what was compressed comes out again");
}

void CheckCut(const Bytes& content, const Bytes& compressed, size_t cut, bool pipe) {
  if (compressed.size() <= kMagicSize) return;
  const size_t size = kMagicSize + cut % (compressed.size() - kMagicSize);
  const Output output = Drain(Cut(compressed, size), pipe);
  Require(!output.good, "a cut off file is an error");
  Require(output.bytes.size() <= content.size() &&
              std::equal(output.bytes.begin(), output.bytes.end(), content.begin()),
          "what comes before the cut comes out");
}

void CheckDamaged(Bytes compressed, size_t at, unsigned value, bool pipe) {
  compressed[at % compressed.size()] = static_cast<std::byte>(value);
  Drain(compressed, pipe);
}

void Check(unsigned mode, size_t at, unsigned value, const Bytes& content) {
  const bool pipe = (mode & 0x80) != 0;
  switch ((mode & 0x7fU) % kModes) {
    case kAsIs: Drain(content, pipe); break;
    case kGzip: CheckWhole(content, Gzip(content), pipe); break;
    case kZstd: CheckWhole(content, Zstd(content), pipe); break;
    case kCutGzip: CheckCut(content, Gzip(content), at, pipe); break;
    case kCutZstd: CheckCut(content, Zstd(content), at, pipe); break;
    case kDamagedGzip: CheckDamaged(Gzip(content), at, value, pipe); break;
    case kDamagedZstd: CheckDamaged(Zstd(content), at, value, pipe); break;
    default:  // members and frames one after the other: RFC 1952 §2.2, RFC 8878 §3.1
      CheckWhole(Join(content, content), Join(Gzip(content), Gzip(content)), pipe);
      CheckWhole(Join(content, content), Join(Zstd(content), Zstd(content)), pipe);
  }
}

}  // namespace
}  // namespace rcodescope

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kHead = 4;  // mode, position in two bytes, value
  if (size < kHead) return 0;
  const auto content = std::as_bytes(std::span(data + kHead, size - kHead));
  rcodescope::Check(data[0], size_t{data[1]} << 8 | data[2], data[3],
                    rcodescope::Bytes(content.begin(), content.end()));
  return 0;
}
