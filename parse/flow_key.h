// Which worker owns a flow: the same for both directions, so that a query and its response meet.
#pragma once

#include <cstdint>

#include "capture/packet.h"
#include "parse/frame.h"

namespace rcodescope {

// A hash of the two addresses of the innermost IP header that can be read, whichever is the source.
// Ports are left out: a fragment has none, but must meet the other fragments and the unfragmented
// datagrams of its two hosts. 0 for what is not IP.
uint64_t FlowHash(const Packet& packet, const FrameOptions& options, uint64_t key);

}  // namespace rcodescope
