// The common frame, read in one go.
#pragma once

#include <cstddef>
#include <cstdint>

#include "capture/bytes.h"
#include "capture/packet.h"
#include "parse/ether_type.h"
#include "parse/ip_protocol.h"
#include "parse/protocol.h"

namespace rcodescope {

// What nearly every frame is: Ethernet with one VLAN tag or none, IPv4 without options or IPv6
// without extension headers, no fragment, UDP. All borrowed from the packet.
struct CommonFrame {
  static constexpr size_t kUdpSize = 8;

  const std::byte* udp;  // its header, which was captured; before it, the addresses
  size_t size;           // bytes behind it, as IP and UDP say; fewer may be there
  Family family;
  uint16_t vlan;

  size_t address_size() const { return family == Family::kIpv4 ? 4 : 16; }
  const std::byte* destination() const { return udp - address_size(); }
  const std::byte* source() const { return udp - 2 * address_size(); }
  const std::byte* payload() const { return udp + kUdpSize; }
  uint16_t source_port() const { return Be16(udp); }
  uint16_t destination_port() const { return Be16(udp + 2); }
};

// Reads such a frame as FrameReader would, but for what depends on the ports, or answers false.
[[gnu::always_inline]] inline bool ReadCommonFrame(const Packet& packet, CommonFrame& frame) {
  constexpr size_t kEthernet = 14;
  constexpr size_t kTag = 4;
  constexpr size_t kIpv4Size = 20;
  constexpr size_t kIpv6Size = 40;
  constexpr size_t kLargestHeaders = kEthernet + kTag + kIpv6Size + CommonFrame::kUdpSize;
  if (packet.link_type != LinkType::kEthernet || packet.stripped.tpid != 0 ||
      packet.captured < kLargestHeaders) {
    return false;
  }
  const std::byte* ip = packet.data + kEthernet;
  uint16_t type = Be16(packet.data + 12);
  frame.vlan = 0;
  if (type == kEtherVlan) [[unlikely]] {
    frame.vlan = Be16(ip) & kVlanId;
    type = Be16(ip + 2);
    ip += kTag;
  }
  size_t length = 0;  // behind the IP header
  if (type == kEtherIpv4) {
    constexpr uint8_t kVersion4NoOptions = 0x45;
    // Fragment field, TTL and protocol: not a part of a datagram, and UDP.
    constexpr uint32_t kPartAndProtocol = uint32_t{kMoreFragmentsOrOffset} << 16 | 0xff;
    if (Byte(ip) != kVersion4NoOptions || (Be32(ip + 6) & kPartAndProtocol) != kUdp) return false;
    length = Be16(ip + 2) - kIpv4Size;
    frame.udp = ip + kIpv4Size;
    frame.family = Family::kIpv4;
  } else if (type == kEtherIpv6) {
    if (Byte(ip) >> 4 != 6 || Byte(ip + 6) != kUdp) return false;
    length = Be16(ip + 4);
    frame.udp = ip + kIpv6Size;
    frame.family = Family::kIpv6;
  } else {
    return false;
  }
  const size_t udp_length = Be16(frame.udp + 4);
  constexpr size_t kLongest = 0xffff;  // a difference beyond it was negative
  if (length < CommonFrame::kUdpSize || length > kLongest || udp_length < CommonFrame::kUdpSize) {
    return false;
  }
  frame.size = (length < udp_length ? length : udp_length) - CommonFrame::kUdpSize;
  return true;
}

}  // namespace rcodescope
