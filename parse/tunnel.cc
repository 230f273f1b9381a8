// Encapsulations above IP: GRE, ERSPAN, VXLAN, Geneve, GTP-U, Teredo.
#include <algorithm>

#include "capture/bytes.h"
#include "parse/ether_type.h"
#include "parse/frame_reader.h"

namespace rcodescope {
namespace {

constexpr uint16_t kVxlanGpePort = 4790;  // draft-ietf-nvo3-vxlan-gpe §3.1
constexpr uint16_t kGenevePort = 6081;    // RFC 8926 §3.3
constexpr uint16_t kGtpUPort = 2152;      // 3GPP TS 29.281 §4.4.2
constexpr uint16_t kTeredoPort = 3544;    // RFC 4380 §2.7

constexpr uint8_t kVxlanInstance = 0x08;  // the VNI is valid, RFC 7348 §5

void Keep(uint32_t& field, uint32_t value) {
  if (field == 0) field = value;
}

uint32_t Be24(const std::byte* at) { return uint32_t{Be16(at)} << 8 | Byte(at + 2); }

}  // namespace

// What a UDP datagram may carry besides data, by its ports: kSegment for nothing. A tunnel's port
// is the destination; as the source it is seen, too, where an end answers from it.
FrameReader::Next FrameReader::UdpTunnel(const Segment& segment, const FrameOptions& options) {
  const Next by_destination = OfTunnelPort(segment.destination_port, options);
  if (by_destination != Next::kSegment) return by_destination;
  return OfTunnelPort(segment.source_port, options);
}

FrameReader::Next FrameReader::OfTunnelPort(uint16_t port, const FrameOptions& options) {
  const auto& vxlan = options.vxlan_ports;
  if (std::find(vxlan.begin(), vxlan.end(), port) != vxlan.end()) return Next::kVxlan;
  switch (port) {
    case kVxlanGpePort: return Next::kVxlanGpe;
    case kGenevePort: return Next::kGeneve;
    case kGtpUPort: return Next::kGtpU;
    case kTeredoPort: return Next::kTeredo;
    default: return Next::kSegment;
  }
}

// By the protocol type of GRE and Geneve, which may be that of a VLAN's tag.
FrameReader::Next FrameReader::OfTunnelType(uint16_t type) {
  if (type == kEtherTransparentBridging) return Next::kEthernet;
  if (!PassTags(type)) return Missing(4);
  return OfEtherType(type, Disposition::kTunnel);
}

// RFC 2784 §2, with the key and sequence number of RFC 2890 §2.
FrameReader::Next FrameReader::Gre() {
  constexpr uint16_t kChecksum = 0x8000;
  constexpr uint16_t kKey = 0x2000;
  constexpr uint16_t kSequence = 0x1000;
  constexpr uint16_t kRefused = 0x4c00;  // routing, and what must be 0: RFC 2784 §2.3
  constexpr uint16_t kVersion = 0x0007;
  const std::byte* header = in_.Take(4);
  if (header == nullptr) return Missing(4);
  const uint16_t flags = Be16(header);
  const uint16_t type = Be16(header + 2);
  if ((flags & kVersion) == 1 && type == kEtherPpp) return PptpGre(header);
  if ((flags & (kRefused | kVersion)) != 0) return End(Disposition::kTunnel);
  const bool checksum = (flags & kChecksum) != 0;
  const bool has_key = (flags & kKey) != 0;
  const bool sequence = (flags & kSequence) != 0;
  const size_t size = 4 * (size_t{checksum} + size_t{has_key} + size_t{sequence});
  const std::byte* options = in_.Take(size);
  if (options == nullptr) return Missing(size);
  Trace("gre", header, 4 + size, "protocol", type);
  switch (type) {
    case kEtherTransparentBridging:  // with a key alone it is NVGRE: RFC 7637 §3.2
      if (has_key && !checksum && !sequence) Keep(segment_.tap.vni, Be24(options));
      return Next::kEthernet;
    case kEtherErspan:  // type I has no header of its own, and no sequence number
      return sequence ? Erspan() : Next::kEthernet;
    case kEtherErspan3: return Erspan();
    case kEtherPpp: return Next::kPpp;
    default: return OfTunnelType(type);
  }
}

// RFC 2637 §4.1: the key is the payload's length and a call's id; without a sequence number there
// is no payload.
FrameReader::Next FrameReader::PptpGre(const std::byte* header) {
  constexpr uint16_t kOtherBits = 0xcf78;  // all but K, S, A and the version
  constexpr uint16_t kKey = 0x2000;
  constexpr uint16_t kSequence = 0x1000;
  constexpr uint16_t kAcknowledgment = 0x0080;
  const uint16_t flags = Be16(header);
  if ((flags & kOtherBits) != 0 || (flags & kKey) == 0) return End(Disposition::kTunnel);
  const bool sequence = (flags & kSequence) != 0;
  const bool acknowledgment = (flags & kAcknowledgment) != 0;
  const size_t size = 4 * (size_t{1} + size_t{sequence} + size_t{acknowledgment});
  const std::byte* options = in_.Take(size);
  if (options == nullptr) return Missing(size);
  Trace("gre", header, 4 + size, "call", Be16(options + 2));
  if (!sequence) return End(Disposition::kTunnel);
  in_.Limit(Be16(options));
  return Next::kPpp;
}

// draft-foschiano-erspan-03 §4.2 (type II) and §4.3 (type III).
FrameReader::Next FrameReader::Erspan() {
  constexpr uint8_t kType2 = 1;  // the version is one less
  constexpr uint8_t kType3 = 2;
  constexpr size_t kType2Size = 8;
  constexpr size_t kType3Size = 12;
  constexpr size_t kPlatformSize = 8;
  constexpr uint16_t kSession = 0x03ff;
  const std::byte* header = in_.Peek(4);
  if (header == nullptr) return Missing(4);
  const int version = Byte(header) >> 4;
  if (version != kType2 && version != kType3) return End(Disposition::kTunnel);
  size_t size = version == kType2 ? kType2Size : kType3Size;
  if (in_.Take(size) == nullptr) return Missing(size);
  bool is_ip = false;
  if (version == kType3) {
    const uint16_t last = Be16(header + 10);
    const int frame_type = last >> 10 & 0x1f;
    const bool platform = (last & 1U) != 0;
    if (platform && in_.Take(kPlatformSize) == nullptr) return Missing(kPlatformSize);
    if (platform) size += kPlatformSize;
    is_ip = frame_type == 2;
    if (frame_type != 0 && !is_ip) return End(Disposition::kTunnel);
  }
  const uint16_t session = Be16(header + 2) & kSession;
  Trace("erspan", header, size, "session", session);
  if (segment_.tap.erspan_session == 0) segment_.tap.erspan_session = session;
  return is_ip ? EitherIp(Disposition::kTunnel) : Next::kEthernet;
}

// RFC 7348 §5. All bits but one are to be ignored.
FrameReader::Next FrameReader::Vxlan() {
  constexpr size_t kSize = 8;
  const std::byte* header = in_.Take(kSize);
  if (header == nullptr) return Missing(kSize);
  if ((Byte(header) & kVxlanInstance) == 0) return End(Disposition::kTunnel);
  const uint32_t vni = Be24(header + 4);
  Trace("vxlan", header, kSize, "vni", vni);
  Keep(segment_.tap.vni, vni);
  return Next::kEthernet;
}

// draft-ietf-nvo3-vxlan-gpe §3.
FrameReader::Next FrameReader::VxlanGpe() {
  constexpr size_t kSize = 8;
  constexpr uint8_t kVersion = 0x30;
  constexpr uint8_t kHasNextProtocol = 0x04;
  constexpr uint8_t kOperations = 0x01;
  const std::byte* header = in_.Take(kSize);
  if (header == nullptr) return Missing(kSize);
  const uint8_t flags = Byte(header);
  const bool data = (flags & (kVersion | kOperations)) == 0;
  if (!data || (flags & kVxlanInstance) == 0) return End(Disposition::kTunnel);
  const uint32_t vni = Be24(header + 4);
  Trace("vxlan_gpe", header, kSize, "vni", vni);
  Keep(segment_.tap.vni, vni);
  const uint8_t protocol = Byte(header + 3);
  if ((flags & kHasNextProtocol) == 0 && protocol == 0) return Next::kEthernet;  // as VXLAN
  switch (protocol) {  // believed without its flag, too, which some senders leave out
    case 1: return Next::kIpv4;
    case 2: return Next::kIpv6;
    case 3: return Next::kEthernet;
    case 5: return Enter(Next::kMpls);  // up to revision 5 of the draft
    default: return End(Disposition::kTunnel);
  }
}

// RFC 8926 §3.4.
FrameReader::Next FrameReader::Geneve() {
  constexpr size_t kSize = 8;
  constexpr uint8_t kVersion = 0xc0;
  constexpr uint8_t kOptionsLength = 0x3f;  // in units of 4 bytes
  constexpr uint8_t kControl = 0x80;        // in the second byte
  const std::byte* header = in_.Take(kSize);
  if (header == nullptr) return Missing(kSize);
  const bool data = (Byte(header + 1) & kControl) == 0;
  if ((Byte(header) & kVersion) != 0 || !data) return End(Disposition::kTunnel);
  const size_t options = (Byte(header) & size_t{kOptionsLength}) * 4;
  if (in_.Take(options) == nullptr) return Missing(options);
  const uint32_t vni = Be24(header + 4);
  Trace("geneve", header, kSize + options, "vni", vni);
  Keep(segment_.tap.vni, vni);
  return OfTunnelType(Be16(header + 2));
}

// 3GPP TS 29.281 §5.1 (header) and §5.2 (extension headers).
FrameReader::Next FrameReader::GtpU() {
  constexpr uint8_t kVersion1Gtp = 0x30;
  constexpr uint8_t kFirstFour = 0xf0;
  constexpr uint8_t kAnyOptional = 0x07;  // extension, sequence number, N-PDU number
  constexpr uint8_t kExtension = 0x04;
  constexpr uint8_t kGPdu = 0xff;
  const std::byte* header = in_.Take(8);
  if (header == nullptr) return Missing(8);
  const uint8_t flags = Byte(header);
  const bool user_data = (flags & kFirstFour) == kVersion1Gtp && Byte(header + 1) == kGPdu;
  if (!user_data) return End(Disposition::kTunnel);
  in_.Limit(Be16(header + 2));
  const uint32_t endpoint = Be32(header + 4);
  if ((flags & kAnyOptional) == 0) {
    Trace("gtp_u", header, 8, "teid", endpoint);
    return EitherIp(Disposition::kTunnel);
  }
  const std::byte* optional = in_.Take(4);
  if (optional == nullptr) return Missing(4);
  Trace("gtp_u", header, 12, "teid", endpoint);
  // A number in the last byte names the extension header that follows; 0: none.
  uint8_t next = (flags & kExtension) != 0 ? Byte(optional + 3) : 0;
  while (next != 0) {
    const std::byte* extension = in_.Peek(1);
    if (extension == nullptr) return Missing(1);
    const size_t size = size_t{Byte(extension)} * 4;
    if (size == 0) return End(Disposition::kTunnel);
    if (in_.Take(size) == nullptr) return Missing(size);
    Trace("gtp_u_extension", extension, size, "type", next);
    next = Byte(extension + size - 1);
  }
  return EitherIp(Disposition::kTunnel);
}

// RFC 4380 §5.1.1: IPv6, behind an authentication header, an origin, both in this order or neither.
FrameReader::Next FrameReader::Teredo() {
  constexpr uint16_t kAuthentication = 0x0001;
  constexpr uint16_t kOrigin = 0x0000;
  constexpr size_t kOriginSize = 8;
  const std::byte* header = in_.Peek(4);
  if (header == nullptr) return Missing(4);
  if (Be16(header) == kAuthentication) {
    // Two lengths, an identifier, a value, a nonce of 8 bytes and a confirmation of 1.
    const size_t size = size_t{4} + Byte(header + 2) + Byte(header + 3) + 9;
    if (in_.Take(size) == nullptr) return Missing(size);
    Trace("teredo_authentication", header, size, "confirmation", Byte(header + size - 1));
    header = in_.Peek(4);
    if (header == nullptr) return Missing(4);
  }
  if (Be16(header) == kOrigin) {
    if (in_.Take(kOriginSize) == nullptr) return Missing(kOriginSize);
    constexpr uint16_t kObfuscated = 0xffff;
    Trace("teredo_origin", header, kOriginSize, "port", Be16(header + 2) ^ kObfuscated);
    header = in_.Peek(1);
    if (header == nullptr) return Missing(1);
  }
  return Byte(header) >> 4 == 6 ? Next::kIpv6 : End(Disposition::kTunnel);
}

}  // namespace rcodescope
