#include "parse/frame.h"

#include "capture/bytes.h"

namespace rcodescope {
namespace {

using Verdict = std::optional<Disposition>;

// Ethertypes: https://www.iana.org/assignments/ieee-802-numbers
constexpr uint16_t kEtherIpv4 = 0x0800;
constexpr uint16_t kEtherIpv6 = 0x86dd;
constexpr uint16_t kEtherVlan = 0x8100;          // 802.1Q
constexpr uint16_t kEtherProviderVlan = 0x88a8;  // 802.1ad
constexpr uint16_t kEtherOldVlan = 0x9100;       // QinQ before 802.1ad
constexpr uint16_t kEtherMpls = 0x8847;          // RFC 5332 §3
constexpr uint16_t kEtherMplsUpstream = 0x8848;
constexpr uint16_t kEtherPppoeSession = 0x8864;  // RFC 2516 §4
constexpr uint16_t kVlanId = 0x0fff;
// Not ethertypes, but lengths (IEEE 802.3 §3.2.6): free to stand for what has none.
constexpr uint16_t kLeastEtherType = 0x0600;
constexpr uint16_t kEitherIp = 1;
constexpr uint16_t kNeitherIp = 0;

// PPP protocol numbers: RFC 1661 §2, RFC 1332 §2, RFC 5072 §2.
constexpr uint16_t kPppIpv4 = 0x0021;
constexpr uint16_t kPppIpv6 = 0x0057;
constexpr uint16_t kPppAddressControl = 0xff03;  // RFC 1662 §3.1

// IP protocol numbers: https://www.iana.org/assignments/protocol-numbers
constexpr uint8_t kHopByHop = 0;
constexpr uint8_t kIcmp = 1;
constexpr uint8_t kIpv4InIp = 4;
constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;
constexpr uint8_t kIpv6InIp = 41;
constexpr uint8_t kRouting = 43;
constexpr uint8_t kFragment = 44;
constexpr uint8_t kGre = 47;
constexpr uint8_t kAuthentication = 51;
constexpr uint8_t kIcmpv6 = 58;
constexpr uint8_t kDestinationOptions = 60;
constexpr uint8_t kMobility = 135;
constexpr uint8_t kHip = 139;
constexpr uint8_t kShim6 = 140;

constexpr uint16_t kMoreFragmentsOrOffset = 0x3fff;  // RFC 791 §3.1
constexpr int kMostTags = 8;
constexpr int kMostExtensionHeaders = 8;

// Reads layer by layer, each in its one place: what a layer answers with is either the end or, in
// next_, what comes above it.
class FrameReader {
 public:
  FrameReader(const Packet& packet, Segment& segment)
      : in_({packet.data, packet.captured}, packet.wire), segment_(segment) {
    if (packet.stripped.tpid != 0) segment_.vlan = packet.stripped.tci & kVlanId;
  }

  Verdict Read(LinkType type) {
    if (const Verdict end = Link(type)) return end;
    if (next_ == kEitherIp) {
      const std::byte* first = in_.Peek(1);
      if (first == nullptr) return Disposition::kShortFrame;
      next_ = Byte(first) >> 4 == 4 ? kEtherIpv4 : Byte(first) >> 4 == 6 ? kEtherIpv6 : kNeitherIp;
    }
    switch (next_) {
      case kEtherIpv4:
        if (const Verdict end = Ipv4()) return end;
        break;
      case kEtherIpv6:
        if (const Verdict end = Ipv6()) return end;
        if (const Verdict end = ExtensionHeaders()) return end;
        break;
      case kEtherMpls:
      case kEtherMplsUpstream:
      case kEtherPppoeSession: return Disposition::kTunnel;
      default: return Disposition::kNotIp;
    }
    return Upper();
  }

 private:
  Verdict Link(LinkType type) {
    switch (type) {
      case LinkType::kEthernet: return EtherType(14, 12);
      case LinkType::kLinuxSll: return EtherType(16, 14);
      case LinkType::kLinuxSll2: return EtherType(20, 0);
      case LinkType::kPpp: return Ppp();
      case LinkType::kNull:
      case LinkType::kLoop:  // the address family says no more than the IP version does
        if (in_.Take(4) == nullptr) return Disposition::kShortFrame;
        next_ = kEitherIp;
        break;
      case LinkType::kRaw: next_ = kEitherIp; break;
      case LinkType::kIpv4: next_ = kEtherIpv4; break;
      case LinkType::kIpv6: next_ = kEtherIpv6; break;
      case LinkType::kUnsupported: return Disposition::kUnsupportedLinkType;
    }
    return {};
  }

  // A link header with its ethertype at `type_offset`, and VLAN tags.
  Verdict EtherType(size_t header_size, size_t type_offset) {
    const std::byte* header = in_.Take(header_size);
    if (header == nullptr) return Disposition::kShortFrame;
    next_ = Be16(header + type_offset);
    for (int tags = 0; IsVlan(next_) && tags < kMostTags; ++tags) {
      const std::byte* tag = in_.Take(4);
      if (tag == nullptr) return Disposition::kShortFrame;
      if (segment_.vlan == 0) segment_.vlan = Be16(tag) & kVlanId;
      next_ = Be16(tag + 2);
    }
    if (next_ < kLeastEtherType) next_ = kNeitherIp;
    return {};
  }

  static bool IsVlan(uint16_t type) {
    return type == kEtherVlan || type == kEtherProviderVlan || type == kEtherOldVlan;
  }

  Verdict Ppp() {
    const std::byte* header = in_.Peek(2);
    if (header == nullptr) return Disposition::kShortFrame;
    if (Be16(header) == kPppAddressControl) in_.Take(2);
    const std::byte* protocol = in_.Take(2);
    if (protocol == nullptr) return Disposition::kShortFrame;
    const uint16_t number = Be16(protocol);
    next_ = number == kPppIpv4 ? kEtherIpv4 : number == kPppIpv6 ? kEtherIpv6 : kNeitherIp;
    return {};
  }

  // RFC 791 §3.1.
  Verdict Ipv4() {
    const std::byte* header = in_.Take(20);
    if (header == nullptr) return Disposition::kShortFrame;
    const size_t header_size = size_t{Byte(header) & 0x0fU} * 4;
    const size_t total = Be16(header + 2);
    if (Byte(header) >> 4 != 4 || header_size < 20) return Disposition::kBadIpHeader;
    if (in_.Take(header_size - 20) == nullptr) return Disposition::kShortFrame;
    if (total >= header_size) {
      in_.Limit(total - header_size);
    } else if (total != 0) {  // 0: filled in by the NIC later (segmentation offload)
      return Disposition::kBadIpHeader;
    }
    segment_.family = Family::kIpv4;
    segment_.source_address = header + 12;
    segment_.destination_address = header + 16;
    if ((Be16(header + 6) & kMoreFragmentsOrOffset) != 0) return Disposition::kFragmentIncomplete;
    next_ = Byte(header + 9);
    return {};
  }

  // RFC 8200 §3.
  Verdict Ipv6() {
    const std::byte* header = in_.Take(40);
    if (header == nullptr) return Disposition::kShortFrame;
    if (Byte(header) >> 4 != 6) return Disposition::kBadIpHeader;
    const size_t payload = Be16(header + 4);
    if (payload != 0) in_.Limit(payload);  // 0: a jumbogram, or segmentation offload
    segment_.family = Family::kIpv6;
    segment_.source_address = header + 8;
    segment_.destination_address = header + 24;
    next_ = Byte(header + 6);
    return {};
  }

  // RFC 8200 §4, RFC 4302 §2, RFC 7045 §4.
  Verdict ExtensionHeaders() {
    for (int count = 0; count <= kMostExtensionHeaders; ++count) {
      size_t size = 0;
      switch (next_) {
        case kHopByHop:
        case kRouting:
        case kDestinationOptions:
        case kMobility:
        case kHip:
        case kShim6:
        case kAuthentication:
        case kFragment: break;
        default: return {};
      }
      const std::byte* header = in_.Take(8);
      if (header == nullptr) return Disposition::kShortFrame;
      if (next_ == kFragment) {
        constexpr uint16_t kOffsetOrMore = 0xfff9;  // an atomic fragment has neither, RFC 6946 §1
        if ((Be16(header + 2) & kOffsetOrMore) != 0) return Disposition::kFragmentIncomplete;
      } else if (next_ == kAuthentication) {
        size = (size_t{Byte(header + 1)} + 2) * 4;
        if (size < 8) return Disposition::kBadIpHeader;
        size -= 8;
      } else {
        size = size_t{Byte(header + 1)} * 8;
      }
      next_ = Byte(header);
      if (in_.Take(size) == nullptr) return Disposition::kShortFrame;
    }
    return Disposition::kNotUdpOrTcp;
  }

  Verdict Upper() {
    switch (next_) {
      case kUdp: return Udp();
      case kTcp: return Tcp();
      case kIcmp:
      case kIcmpv6: return Disposition::kIcmp;
      case kIpv4InIp:
      case kIpv6InIp:
      case kGre: return Disposition::kTunnel;
      default: return Disposition::kNotUdpOrTcp;
    }
  }

  // RFC 768.
  Verdict Udp() {
    const std::byte* header = in_.Take(8);
    if (header == nullptr) return Disposition::kShortFrame;
    const size_t length = Be16(header + 4);
    if (length != 0) in_.Limit(length < 8 ? 0 : length - 8);  // 0: a jumbogram, RFC 2675 §4
    Finish(header, Transport::kUdp);
    return {};
  }

  // RFC 9293 §3.1.
  Verdict Tcp() {
    const std::byte* header = in_.Take(20);
    if (header == nullptr) return Disposition::kShortFrame;
    const size_t header_size = size_t{Byte(header + 12)} / 16 * 4;
    if (header_size < 20 || in_.Take(header_size - 20) == nullptr) return Disposition::kShortFrame;
    Finish(header, Transport::kTcp);
    return {};
  }

  void Finish(const std::byte* ports, Transport transport) {
    segment_.source_port = Be16(ports);
    segment_.destination_port = Be16(ports + 2);
    segment_.transport = transport;
    segment_.payload = in_;
  }

  Cursor in_;
  uint16_t next_ = 0;  // an ethertype, then an IP protocol number
  Segment& segment_;
};

// What nearly every frame is: Ethernet without tags, IPv4 without options or IPv6 without
// extension headers, no fragment, UDP. Reads it as FrameReader would, or answers false.
bool ReadCommonFrame(const Packet& packet, Segment& segment) {
  constexpr size_t kEthernet = 14;
  constexpr size_t kIpv4Size = 20;
  constexpr size_t kIpv6Size = 40;
  constexpr size_t kUdpSize = 8;
  if (packet.link_type != LinkType::kEthernet || packet.stripped.tpid != 0 ||
      packet.captured < kEthernet + kIpv6Size + kUdpSize) {
    return false;
  }
  const std::byte* ip = packet.data + kEthernet;
  const std::byte* udp = nullptr;
  size_t length = 0;  // behind the IP header
  const uint16_t type = Be16(packet.data + 12);
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
  segment.payload = Cursor({udp + kUdpSize, packet.captured - headers}, packet.wire - headers);
  segment.payload.Limit(std::min(length, udp_length) - kUdpSize);
  return true;
}

}  // namespace

std::optional<Disposition> DissectFrame(const Packet& packet, Segment& segment) {
  if (ReadCommonFrame(packet, segment)) [[likely]]
    return {};
  return FrameReader(packet, segment).Read(packet.link_type);
}

}  // namespace rcodescope
