// Decodes each of the most expensive messages once and sums its bytes once, for callgrind, which
// writes a part of its profile after each, named decode NAME or sum NAME.
#include <memory>

#include <valgrind/callgrind.h>

#include "bench/adversarial_messages.h"
#include "parse/dns_message.h"

int main() {
  using namespace rcodescope;
  const auto batch = std::make_unique<ObservationBatch>();
  AnomalyCounts anomalies{};
  uint64_t sum = 0;
  for (const auto& [name, bytes] : AdversarialMessages()) {
    const std::string decode = "decode " + name;
    const std::string bytes_of = "sum " + name;
    batch->Clear();
    CALLGRIND_ZERO_STATS;
    DecodeMessage(Cursor(bytes, bytes.size()), Low4Reason::kSnapLength, batch->Add(), *batch,
                  anomalies);
    CALLGRIND_DUMP_STATS_AT(decode.c_str());
    CALLGRIND_ZERO_STATS;
    sum += ByteSum(bytes);
    CALLGRIND_DUMP_STATS_AT(bytes_of.c_str());
  }
  return sum == 0 ? 1 : 0;
}
