// Which worker owns a flow: the same for both directions, so that a query and its response meet.
#pragma once

#include <cstdint>

#include "capture/packet.h"

namespace rcodescope {

// A hash of the frame's addresses and ports that does not depend on the direction. Fragments,
// which have no ports but in the first one, are hashed by addresses alone. 0 for what is not IP.
uint64_t FlowHash(const Packet& packet, uint64_t key);

}  // namespace rcodescope
