// Numbers for what IP carries. https://www.iana.org/assignments/protocol-numbers
#pragma once

#include <cstdint>

namespace rcodescope {

inline constexpr uint8_t kHopByHop = 0;
inline constexpr uint8_t kIcmp = 1;
inline constexpr uint8_t kIpv4InIp = 4;  // RFC 2003 §3.1
inline constexpr uint8_t kTcp = 6;
inline constexpr uint8_t kUdp = 17;
inline constexpr uint8_t kIpv6InIp = 41;  // RFC 4213 §3.5, RFC 2473 §3.1
inline constexpr uint8_t kRouting = 43;
inline constexpr uint8_t kFragmentHeader = 44;
inline constexpr uint8_t kGreInIp = 47;
inline constexpr uint8_t kAuthentication = 51;
inline constexpr uint8_t kIcmpv6 = 58;
inline constexpr uint8_t kDestinationOptions = 60;
inline constexpr uint8_t kMobility = 135;
inline constexpr uint8_t kHip = 139;
inline constexpr uint8_t kShim6 = 140;

// IPv4's fragment field, RFC 791 §3.1.
inline constexpr uint16_t kMoreFragmentsFlag = 0x2000;
inline constexpr uint16_t kFragmentOffset = 0x1fff;  // in units of 8 bytes
inline constexpr uint16_t kMoreFragmentsOrOffset = kMoreFragmentsFlag | kFragmentOffset;

}  // namespace rcodescope
