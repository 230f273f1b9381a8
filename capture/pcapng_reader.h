// pcapng files. Format: draft-ietf-opsawg-pcapng.
#pragma once

#include <cstdint>
#include <memory>

#include "capture/record_reader.h"

namespace rcodescope {

inline constexpr uint32_t kPcapngSectionBlock = 0x0a0d0d0a;  // the same in both byte orders

// A reader that begins at the file's first block.
std::unique_ptr<RecordReader> MakePcapngReader();

}  // namespace rcodescope
