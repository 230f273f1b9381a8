// Numbers for what an Ethernet header or a tunnel carries.
// https://www.iana.org/assignments/ieee-802-numbers
#pragma once

#include <cstdint>

namespace rcodescope {

inline constexpr uint16_t kEtherIpv4 = 0x0800;
inline constexpr uint16_t kEtherIpv6 = 0x86dd;
inline constexpr uint16_t kEtherVlan = 0x8100;                 // 802.1Q
inline constexpr uint16_t kEtherProviderVlan = 0x88a8;         // 802.1ad
inline constexpr uint16_t kEtherOldVlan = 0x9100;              // QinQ before 802.1ad
inline constexpr uint16_t kEtherMpls = 0x8847;                 // RFC 5332 §3
inline constexpr uint16_t kEtherMplsUpstream = 0x8848;         // the same
inline constexpr uint16_t kEtherPppoeSession = 0x8864;         // RFC 2516 §4
inline constexpr uint16_t kEtherPpp = 0x880b;                  // in GRE: RFC 2637 §4.1
inline constexpr uint16_t kEtherTransparentBridging = 0x6558;  // Ethernet in GRE: RFC 7637 §3.2
inline constexpr uint16_t kEtherErspan = 0x88be;               // in GRE: types I and II
inline constexpr uint16_t kEtherErspan3 = 0x22eb;              // in GRE: type III
inline constexpr uint16_t kEtherLlc = 0x0004;  // Linux cooked: LLC follows, tcpdump.org/linktypes
inline constexpr uint16_t kLeastEtherType = 0x0600;  // IEEE 802.3 §3.2.6: below are lengths

inline constexpr uint16_t kVlanId = 0x0fff;  // of a tag: IEEE 802.1Q §9.6

}  // namespace rcodescope
