// A message taken apart, to be changed and put together again by tests/support/wire.h.
#pragma once

#include <cstddef>
#include <span>

#include "tests/support/wire.h"

namespace rcodescope {

// Takes what can be understood; the rest is `trailing`. Counts that do not fit are kept as they
// are. RD, RA, AD and CD are lost.
DnsMessage TakeApart(std::span<const std::byte> message);

}  // namespace rcodescope
