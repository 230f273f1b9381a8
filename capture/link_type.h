// Link-type numbers of capture files. https://www.tcpdump.org/linktypes.html
#pragma once

#include <cstdint>

#include "capture/packet.h"

namespace rcodescope {

constexpr LinkType LinkTypeOf(uint32_t number) {
  switch (number) {
    case 0: return LinkType::kNull;
    case 1: return LinkType::kEthernet;
    case 9:   // LINKTYPE_PPP
    case 50:  // LINKTYPE_PPP_HDLC
      return LinkType::kPpp;
    case 12:   // DLT_RAW of most systems, written by some tools in place of 101
    case 14:   // DLT_RAW of OpenBSD
    case 101:  // LINKTYPE_RAW
      return LinkType::kRaw;
    case 108: return LinkType::kLoop;
    case 113: return LinkType::kLinuxSll;
    case 228: return LinkType::kIpv4;
    case 229: return LinkType::kIpv6;
    case 276: return LinkType::kLinuxSll2;
    default: return LinkType::kUnsupported;
  }
}

}  // namespace rcodescope
