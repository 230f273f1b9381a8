// Where in the network something was seen, as far as its frame says.
#pragma once

#include <cstdint>

namespace rcodescope {

// Where a field occurs several times in a frame, the outermost that is not 0 is kept.
struct Tap {
  uint16_t interface = 0;       // Packet::interface
  uint16_t vlan = 0;            // VLAN id, IEEE 802.1Q; 0: none
  uint32_t vni = 0;             // of VXLAN, Geneve or NVGRE, 24 bits; 0: none
  uint16_t erspan_session = 0;  // 10 bits; 0: none
  uint8_t depth = 0;            // encapsulations around the innermost IP header; 0: none
  uint8_t unused = 0;           // so that all bytes of a tap are its value
  uint32_t mpls_label = 0;      // RFC 3032 §2.1, 20 bits; 0: none

  bool operator==(const Tap&) const = default;

  // All but the interface, since the frames of one connection may arrive by several. A part of the
  // keys of tables: keeps apart equal addresses of different networks.
  Tap Network() const {
    Tap network = *this;
    network.interface = 0;
    return network;
  }
};
static_assert(sizeof(Tap) == 16);

}  // namespace rcodescope
