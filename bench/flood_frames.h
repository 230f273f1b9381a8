// Frames that are meant to fill what is put together from pieces: nothing in them is ever
// completed.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "bench/byte_writer.h"

namespace rcodescope {

struct FloodKind {
  std::string_view name;
  // Appends frame `number` of the flood to `out`, which must be empty and hold kLargestFrame bytes.
  void (*write)(uint64_t number, ByteWriter& out);
};

// half_open      SYN segments, each of another connection
// half_message   one segment of another connection each, with the beginning of a message
// first_only     first fragments, each of another datagram and source
// teardrop       two fragments each, the second within the first (CERT CA-1997-28)
// rose           the first and the last fragment of the longest datagrams, from 64 sources that use
//                all identifications
std::span<const FloodKind> FloodKinds();

// Whether an address is one of a flood's sources: 240.0.0.0/4.
bool IsFloodSource(const std::byte* ipv4);

}  // namespace rcodescope
