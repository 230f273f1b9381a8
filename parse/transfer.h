// Zone transfers, RFC 5936 and RFC 1995: which message begins one.
#pragma once

#include <cstddef>
#include <span>

#include "parse/observation.h"

namespace rcodescope {

// `answer`: what was made of the response `message`, whose records begin at `records`. True for
// NOERROR to AXFR or IXFR whose first record is the SOA (RFC 5936 §2.2). An answer to IXFR that
// holds nothing else says that there is nothing new, or no room in a datagram (RFC 1995 §2, §4).
// Further messages of a transfer may look like the first.
bool BeginsTransfer(std::span<const std::byte> message, size_t records, const Observation& answer);

}  // namespace rcodescope
