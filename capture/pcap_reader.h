// Classic pcap files. Format: draft-ietf-opsawg-pcap; magics in pcap_reader.cc.
#pragma once

#include <cstdint>
#include <memory>

#include "capture/record_reader.h"

namespace rcodescope {

inline constexpr size_t kPcapHeaderSize = 24;

// True for the first four bytes of a pcap file of any dialect and byte order.
bool IsPcapMagic(uint32_t magic);

// `header`: the kPcapHeaderSize bytes of the file header, magic known to be right.
absl::StatusOr<std::unique_ptr<RecordReader>> MakePcapReader(const std::byte* header);

}  // namespace rcodescope
