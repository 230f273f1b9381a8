#include "parse/frame.h"

#include "capture/bytes.h"

namespace rcodescope {
namespace {

using Verdict = std::optional<Disposition>;

// Ethertypes: https://www.iana.org/assignments/ieee-802-numbers
constexpr uint16_t kEtherIpv4 = 0x0800;
constexpr uint16_t kEtherIpv6 = 0x86dd;
constexpr uint16_t kEtherVlan = 0x8100;         // 802.1Q
constexpr uint16_t kEtherProviderVlan = 0x88a8; // 802.1ad
constexpr uint16_t kEtherOldVlan = 0x9100;      // QinQ before 802.1ad
constexpr uint16_t kEtherMpls = 0x8847;         // RFC 5332 §3
constexpr uint16_t kEtherMplsUpstream = 0x8848;
constexpr uint16_t kEtherPppoeSession = 0x8864; // RFC 2516 §4
constexpr uint16_t kVlanId = 0x0fff;

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

constexpr int kMostTags = 8;
constexpr int kMostExtensionHeaders = 8;

class FrameReader {
 public:
  FrameReader(const Packet& packet, Segment& segment)
      : in_({packet.data, packet.captured}, packet.wire), segment_(segment) {
    if (packet.stripped.tpid != 0) segment_.vlan = packet.stripped.tci & kVlanId;
  }

  Verdict Link(LinkType type) {
    switch (type) {
      case LinkType::kEthernet: return Ethernet();
      case LinkType::kNull:
      case LinkType::kLoop: return AddressFamily();
      case LinkType::kPpp: return Ppp();
      case LinkType::kRaw: return AnyIp();
      case LinkType::kIpv4: return Ipv4();
      case LinkType::kIpv6: return Ipv6();
      case LinkType::kLinuxSll: return LinuxCooked(16, 14);
      case LinkType::kLinuxSll2: return LinuxCooked(20, 0);
      case LinkType::kUnsupported: break;
    }
    return Disposition::kUnsupportedLinkType;
  }

 private:
  Verdict Ethernet() {
    const std::byte* header = in_.Take(14);
    if (header == nullptr) return Disposition::kShortFrame;
    return EtherType(Be16(header + 12));
  }

  // LINKTYPE_LINUX_SLL and _SLL2: a pseudo header with the ethertype at `type_offset`.
  Verdict LinuxCooked(size_t header_size, size_t type_offset) {
    const std::byte* header = in_.Take(header_size);
    if (header == nullptr) return Disposition::kShortFrame;
    return EtherType(Be16(header + type_offset));
  }

  // The address family (in either byte order) says no more than the IP version does.
  Verdict AddressFamily() {
    if (in_.Take(4) == nullptr) return Disposition::kShortFrame;
    return AnyIp();
  }

  Verdict Ppp() {
    const std::byte* header = in_.Peek(2);
    if (header == nullptr) return Disposition::kShortFrame;
    if (Be16(header) == kPppAddressControl) in_.Take(2);
    const std::byte* protocol = in_.Take(2);
    if (protocol == nullptr) return Disposition::kShortFrame;
    switch (Be16(protocol)) {
      case kPppIpv4: return Ipv4();
      case kPppIpv6: return Ipv6();
      default: return Disposition::kNotIp;
    }
  }

  Verdict EtherType(uint16_t type) {
    for (int tags = 0; tags <= kMostTags; ++tags) {
      switch (type) {
        case kEtherIpv4: return Ipv4();
        case kEtherIpv6: return Ipv6();
        case kEtherMpls:
        case kEtherMplsUpstream:
        case kEtherPppoeSession: return Disposition::kTunnel;
        case kEtherVlan:
        case kEtherProviderVlan:
        case kEtherOldVlan: break;
        default: return Disposition::kNotIp;
      }
      const std::byte* tag = in_.Take(4);
      if (tag == nullptr) return Disposition::kShortFrame;
      if (segment_.vlan == 0) segment_.vlan = Be16(tag) & kVlanId;
      type = Be16(tag + 2);
    }
    return Disposition::kNotIp;
  }

  Verdict AnyIp() {
    const std::byte* first = in_.Peek(1);
    if (first == nullptr) return Disposition::kShortFrame;
    switch (Byte(first) >> 4) {
      case 4: return Ipv4();
      case 6: return Ipv6();
      default: return Disposition::kNotIp;
    }
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
    segment_.source = IpAddress::FromIpv4(header + 12);
    segment_.destination = IpAddress::FromIpv4(header + 16);
    constexpr uint16_t kMoreFragmentsOrOffset = 0x3fff;
    if ((Be16(header + 6) & kMoreFragmentsOrOffset) != 0) return Disposition::kFragmentIncomplete;
    return Upper(Byte(header + 9));
  }

  // RFC 8200 §3.
  Verdict Ipv6() {
    const std::byte* header = in_.Take(40);
    if (header == nullptr) return Disposition::kShortFrame;
    if (Byte(header) >> 4 != 6) return Disposition::kBadIpHeader;
    const size_t payload = Be16(header + 4);
    if (payload != 0) in_.Limit(payload);  // 0: a jumbogram, or segmentation offload
    segment_.family = Family::kIpv6;
    segment_.source = IpAddress::FromIpv6(header + 8);
    segment_.destination = IpAddress::FromIpv6(header + 24);
    return ExtensionHeaders(Byte(header + 6));
  }

  // RFC 8200 §4, RFC 4302 §2, RFC 7045 §4.
  Verdict ExtensionHeaders(uint8_t next) {
    for (int count = 0; count <= kMostExtensionHeaders; ++count) {
      size_t size = 0;
      switch (next) {
        case kHopByHop:
        case kRouting:
        case kDestinationOptions:
        case kMobility:
        case kHip:
        case kShim6:
        case kAuthentication:
        case kFragment: break;
        default: return Upper(next);
      }
      const std::byte* header = in_.Take(8);
      if (header == nullptr) return Disposition::kShortFrame;
      if (next == kFragment) {
        constexpr uint16_t kOffsetOrMore = 0xfff9;  // an atomic fragment has neither, RFC 6946 §1
        if ((Be16(header + 2) & kOffsetOrMore) != 0) return Disposition::kFragmentIncomplete;
      } else if (next == kAuthentication) {
        size = (size_t{Byte(header + 1)} + 2) * 4;
        if (size < 8) return Disposition::kBadIpHeader;
        size -= 8;
      } else {
        size = size_t{Byte(header + 1)} * 8;
      }
      next = Byte(header);
      if (in_.Take(size) == nullptr) return Disposition::kShortFrame;
    }
    return Disposition::kNotUdpOrTcp;
  }

  Verdict Upper(uint8_t protocol) {
    switch (protocol) {
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
  Segment& segment_;
};

}  // namespace

std::optional<Disposition> DissectFrame(const Packet& packet, Segment& segment) {
  return FrameReader(packet, segment).Link(packet.link_type);
}

}  // namespace rcodescope
