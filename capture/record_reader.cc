#include "capture/record_reader.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "capture/bytes.h"
#include "capture/pcap_reader.h"
#include "capture/pcapng_reader.h"

namespace rcodescope {

absl::StatusOr<std::unique_ptr<RecordReader>> OpenRecords(ByteInput& input) {
  if (!input.Refill(kPcapHeaderSize)) {
    if (!input.status().ok()) return input.status();
    const size_t size = input.window().size();
    if (size == 0) return absl::InvalidArgumentError("is empty");
    if (size < sizeof(uint32_t)) {
      return absl::InvalidArgumentError(
          absl::StrCat("is not a pcap or pcapng file (only ", size, " bytes)"));
    }
  }
  const auto window = input.window();
  const auto magic = LoadHost<uint32_t>(window.data());
  if (magic == kPcapngSectionBlock) return MakePcapngReader();
  if (!IsPcapMagic(magic)) {
    return absl::InvalidArgumentError(
        absl::StrCat("is not a pcap or pcapng file (it begins with 0x",
                     absl::Hex(Be32(window.data()), absl::kZeroPad8), ")"));
  }
  if (window.size() < kPcapHeaderSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("is cut off in its file header (offset ", window.size(), ")"));
  }
  auto reader = MakePcapReader(window.data());
  if (reader.ok()) input.Consume(kPcapHeaderSize);
  return reader;
}

}  // namespace rcodescope
