// A pcapng file.
#include <cstdint>

#include "tests/fuzz/capture_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  rcodescope::CheckCapture(std::as_bytes(std::span(data, size)));
  return 0;
}
