// A pcap file in any dialect: the first byte chooses the magic number, the rest is the file
// behind it.
#include <array>
#include <cstdint>

#include "tests/fuzz/capture_check.h"
#include "tests/support/wire.h"

namespace {

constexpr std::array<const char*, 6> kMagics = {"d4c3b2a1", "a1b2c3d4", "4d3cb2a1",
                                                "a1b23c4d", "34cdb2a1", "a1b2cd34"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace rcodescope;
  if (size == 0) return 0;
  const auto rest = std::as_bytes(std::span(data + 1, size - 1));
  const Bytes magic = Hex(kMagics[data[0] % kMagics.size()]);
  CheckCapture(Join(magic, Bytes(rest.begin(), rest.end())));
  return 0;
}
