// Encapsulations around IP packets, built in code; see frames.h. Each that goes over IP is a
// Payload for Outer().
#pragma once

#include <cstdint>

#include "tests/support/frames.h"

namespace rcodescope {

inline constexpr uint16_t kVxlanPort = 4789;
inline constexpr uint16_t kVxlanGpePort = 4790;
inline constexpr uint16_t kGenevePort = 6081;
inline constexpr uint16_t kGtpUPort = 2152;
inline constexpr uint16_t kTeredoPort = 3544;

// An IP packet between the ends of a tunnel: 10.0.0.1 to 10.0.0.2, or fd00::1 to fd00::2.
Bytes Outer(const Payload& tunnel, bool ipv6 = false);
// UDP to a tunnel's port.
Payload ToPort(uint16_t port, const Bytes& payload);

Payload IpInIp(const Bytes& packet);  // protocol 4 or 41, as the packet is
// `flags` tell which optional fields there are: checksum, key, sequence number, in this order.
Payload Gre(unsigned type, const Bytes& payload, unsigned flags = 0, uint32_t key = 0);
Payload PptpGre(const Bytes& ppp, bool acknowledgment);
Bytes Erspan2(const Bytes& frame, unsigned session);
Bytes Erspan3(const Bytes& payload, unsigned session, bool platform, unsigned frame_type = 0);
Bytes Vxlan(const Bytes& frame, uint32_t vni, unsigned flags = 0x08);
Bytes VxlanGpe(const Bytes& payload, uint32_t vni, unsigned next_protocol, unsigned flags = 0x0c);
Bytes Geneve(const Bytes& payload, uint32_t vni, unsigned type, size_t option_words = 0);
// `behind_teid`: optional fields and extension headers, as `flags` announce them.
Bytes GtpU(const Bytes& payload, unsigned flags = 0x30, const Bytes& behind_teid = {},
           unsigned type = 0xff);
Bytes TeredoAuthentication(size_t identifier, size_t value);
Bytes TeredoOrigin();

Bytes MplsLabel(uint32_t label, bool bottom);
Bytes Pppoe(const Bytes& ppp, unsigned version_type_code = 0x1100);
// An 802.3 frame with LLC and SNAP.
Bytes LlcSnap(const Bytes& payload, unsigned type, uint32_t organization = 0);

}  // namespace rcodescope
