// Times as text.
#pragma once

#include <string>

#include "capture/packet.h"

namespace rcodescope {

// RFC 3339 §5.6 in UTC with 9 fractional digits: "2026-01-01T00:00:00.000000000Z". Every time that
// 64 bits of nanoseconds can hold is within the years 1677 to 2262. Must not be kNoTime.
std::string Rfc3339(Timestamp time);

// The same with `digits` fractional digits, 0 to 9; further ones are cut off, not rounded.
std::string Rfc3339(Timestamp time, int digits);

}  // namespace rcodescope
