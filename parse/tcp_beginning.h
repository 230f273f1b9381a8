// Whether a DNS message is likely to begin with these bytes of a TCP stream.
#pragma once

#include <cstddef>
#include <span>

#include "parse/cursor.h"

namespace rcodescope {

// True when nothing speaks against it in a length prefix (RFC 1035 §4.2.2) and the header behind
// it, as far as `bytes` reach; at least the prefix must be there. What speaks against it: a length
// below 12; an opcode or RCODE that is not assigned, the Z bit, an RCODE in a query; more than one
// question, or none in a query other than DSO; more questions and records than the length can hold.
bool CouldBeginMessage(std::span<const std::byte> bytes);

// The same, and the whole header is there. Of random bytes, one place in some 10^5 passes.
bool LikelyBeginsMessage(std::span<const std::byte> bytes);

// True when length-prefixed messages, none shorter than a header, fill the segment exactly, and
// each has room for what its header counts, and something of that: the length of a message's last
// record fills a segment that begins with it, too. Else it does not matter how likely their headers
// are.
bool HoldsWholeMessages(Cursor segment);

}  // namespace rcodescope
