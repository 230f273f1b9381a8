// Which keys of a dimension are shown, and what the others amount to.
#pragma once

#include <functional>

#include "aggregate/key_counts.h"
#include "aggregate/snapshot.h"

namespace rcodescope {

// At most `top` keys: half of them those with the most error responses, for a quiet zone that
// fails matters more than a loud healthy one; the rest those with the most responses. Every
// response of another key, or of none, is in `other`. `shown_as` maps a code to the one it is
// listed under.
DimensionCount TopKeys(const KeyCounts& table, Dimension dimension, size_t top,
                       const std::function<Rcode(Rcode)>& shown_as);

}  // namespace rcodescope
