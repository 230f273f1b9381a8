#include "parse/frame.h"

#include <algorithm>

#include "capture/bytes.h"
#include "parse/ether_type.h"
#include "parse/frame_reader.h"
#include "parse/ip_protocol.h"

namespace rcodescope {
namespace {

// What nearly every frame is: Ethernet with one VLAN tag or none, IPv4 without options or IPv6
// without extension headers, no fragment, UDP. Reads it as FrameReader would, but for what depends
// on the ports, or answers false.
bool ReadCommonFrame(const Packet& packet, Segment& segment) {
  constexpr size_t kEthernet = 14;
  constexpr size_t kIpv4Size = 20;
  constexpr size_t kIpv6Size = 40;
  constexpr size_t kUdpSize = 8;
  constexpr size_t kTag = 4;
  if (packet.link_type != LinkType::kEthernet || packet.stripped.tpid != 0 ||
      packet.captured < kEthernet + kTag + kIpv6Size + kUdpSize) {
    return false;
  }
  const std::byte* ip = packet.data + kEthernet;
  uint16_t type = Be16(packet.data + 12);
  uint16_t vlan = 0;
  if (type == kEtherVlan) {
    vlan = Be16(ip) & kVlanId;
    type = Be16(ip + 2);
    ip += kTag;
  }
  const std::byte* udp = nullptr;
  size_t length = 0;  // behind the IP header
  if (type == kEtherIpv4) {
    constexpr uint8_t kVersion4NoOptions = 0x45;
    const size_t total = Be16(ip + 2);
    if (Byte(ip) != kVersion4NoOptions || (Be16(ip + 6) & kMoreFragmentsOrOffset) != 0 ||
        Byte(ip + 9) != kUdp || total < kIpv4Size + kUdpSize) {
      return false;
    }
    length = total - kIpv4Size;
    udp = ip + kIpv4Size;
    segment.family = Family::kIpv4;
    segment.source_address = ip + 12;
    segment.destination_address = ip + 16;
  } else if (type == kEtherIpv6) {
    length = Be16(ip + 4);
    if (Byte(ip) >> 4 != 6 || Byte(ip + 6) != kUdp || length < kUdpSize) return false;
    udp = ip + kIpv6Size;
    segment.family = Family::kIpv6;
    segment.source_address = ip + 8;
    segment.destination_address = ip + 24;
  } else {
    return false;
  }
  const size_t udp_length = Be16(udp + 4);
  if (udp_length < kUdpSize) return false;
  const auto headers = static_cast<size_t>(udp + kUdpSize - packet.data);
  segment.source_port = Be16(udp);
  segment.destination_port = Be16(udp + 2);
  segment.transport = Transport::kUdp;
  segment.tap = {.interface = packet.interface, .vlan = vlan};
  segment.payload = Cursor({udp + kUdpSize, packet.captured - headers}, packet.wire - headers);
  segment.payload.Limit(std::min(length, udp_length) - kUdpSize);
  return true;
}

// All other frames are read out of the way of the common ones.
[[gnu::noinline]] Content ReadByLayer(const Packet& packet, const FrameOptions& options,
                                      Dissection& result) {
  const Cursor in({packet.data, packet.captured}, packet.wire);
  return FrameReader(in, options, result).ReadFrame(packet);
}

[[gnu::noinline]] Content ReadOtherPort(const Packet& packet, const FrameOptions& options,
                                        Dissection& result) {
  if (FrameReader::OnTunnelPort(result.segment, options)) {
    return ReadByLayer(packet, options, result);
  }
  result.segment.on_dns_port = false;
  return Content::kSegment;
}

}  // namespace

Content FrameReader::ReadFrame(const Packet& packet) {
  segment_.source_address = segment_.destination_address = nullptr;
  segment_.tap = {.interface = packet.interface};
  if (packet.stripped.tpid != 0) segment_.tap.vlan = packet.stripped.tci & kVlanId;
  return Run(Link(packet.link_type));
}

Content FrameReader::ReadDatagram(const IpFragment& whole) {
  const uint8_t protocol = whole.protocol;
  segment_.tap = whole.tap;
  TakeAddresses(whole.family, whole.source_address, whole.destination_address);
  whole_ = put_together_ = true;
  return Run(whole.family == Family::kIpv4 ? Upper(protocol) : ExtensionHeaders(protocol));
}

Content FrameReader::Run(Next next) {
  for (;;) {
    switch (next) {
      case Next::kEthernet: next = Ethernet(); break;
      case Next::kPpp: next = Ppp(); break;
      case Next::kPppoe: next = Pppoe(); break;
      case Next::kMpls: next = Mpls(); break;
      case Next::kIpv4: next = Ipv4(); break;
      case Next::kIpv6: next = Ipv6(); break;
      case Next::kGre: next = Gre(); break;
      case Next::kVxlan: next = Vxlan(); break;
      case Next::kVxlanGpe: next = VxlanGpe(); break;
      case Next::kGeneve: next = Geneve(); break;
      case Next::kGtpU: next = GtpU(); break;
      case Next::kTeredo: next = Teredo(); break;
      case Next::kSegment: return Content::kSegment;
      case Next::kFragment: return Content::kFragment;
      case Next::kNone: return Content::kNone;
    }
  }
}

Content DissectFrame(const Packet& packet, const FrameOptions& options, Dissection& result) {
  Segment& segment = result.segment;
  if (options.trace != nullptr || !ReadCommonFrame(packet, segment)) [[unlikely]] {
    return ReadByLayer(packet, options, result);
  }
  if (!options.dns_ports->ContainsEither(segment.source_port, segment.destination_port))
      [[unlikely]] {
    return ReadOtherPort(packet, options, result);
  }
  segment.on_dns_port = true;
  return Content::kSegment;
}

Content DissectDatagram(const IpFragment& whole, const FrameOptions& options, Dissection& result) {
  return FrameReader(whole.payload, options, result).ReadDatagram(whole);
}

}  // namespace rcodescope
