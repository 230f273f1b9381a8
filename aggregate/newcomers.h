// Clients that have errors all at once and had none before.
#pragma once

#include <cstddef>

#include "aggregate/group_history.h"

namespace rcodescope {

// What a few clients, or networks, have more than before: where a code is common and strays much,
// it hides in the sum, and is plain in theirs.
struct Newcomers {
  double excess = 0;    // responses a step
  double surprise = 0;  // -ln of the chance that all of them have so much
};

// That are told apart, in a history of so many groups: where there are more, nothing is found, but
// the sum tells as much then.
constexpr size_t MostClients(size_t most_groups) { return most_groups / 8; }

// Of the last `span` steps, by address or by /24 and /48, whichever has more, against those at
// least as long before. Nothing, where these are too few to tell.
Newcomers FindNewcomers(const GroupHistory& history, size_t span);

}  // namespace rcodescope
