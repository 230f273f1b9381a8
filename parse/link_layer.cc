// Below IP: Ethernet, VLAN tags, LLC and SNAP, Linux cooked, PPP, PPPoE, MPLS.
#include "capture/bytes.h"
#include "parse/ether_type.h"
#include "parse/frame_reader.h"

namespace rcodescope {
namespace {

constexpr int kMostTags = 8;

bool IsVlan(uint16_t type) {
  return type == kEtherVlan || type == kEtherProviderVlan || type == kEtherOldVlan;
}

}  // namespace

FrameReader::Next FrameReader::Link(LinkType type) {
  switch (type) {
    case LinkType::kEthernet: return Next::kEthernet;
    case LinkType::kLinuxSll: return Cooked("linux_sll", 16, 14);
    case LinkType::kLinuxSll2: return Cooked("linux_sll2", 20, 0);
    case LinkType::kPpp: return Next::kPpp;
    case LinkType::kNull:
    case LinkType::kLoop: {  // the address family says no more than the IP version does
      const std::byte* header = in_.Take(4);
      if (header == nullptr) return Short();
      Trace("null", header, 4, "family", Be32(header));
      return EitherIp(Disposition::kNotIp);
    }
    case LinkType::kRaw: return EitherIp(Disposition::kNotIp);
    case LinkType::kIpv4: return Next::kIpv4;
    case LinkType::kIpv6: return Next::kIpv6;
    case LinkType::kUnsupported: break;
  }
  return End(Disposition::kUnsupportedLinkType);
}

FrameReader::Next FrameReader::Cooked(std::string_view name, size_t size, size_t type_offset) {
  const std::byte* header = in_.Take(size);
  if (header == nullptr) return Short();
  uint16_t type = Be16(header + type_offset);
  Trace(name, header, size, "type", type);
  if (!PassTags(type)) return Short();
  if (type == kEtherLlc) return LogicalLink(in_.wire());
  return OfEtherType(type, Disposition::kNotIp);
}

// IEEE 802.3 §3.2.
FrameReader::Next FrameReader::Ethernet() {
  constexpr size_t kSize = 14;
  const std::byte* header = in_.Take(kSize);
  if (header == nullptr) return Short();
  uint16_t type = Be16(header + 12);
  Trace("ethernet", header, kSize, "type", type);
  if (!PassTags(type)) return Short();
  if (type < kLeastEtherType) return LogicalLink(type);
  return OfEtherType(type, Disposition::kNotIp);
}

// IEEE 802.1Q §9. Passes the tags; `type` becomes that of what they hold. False: cut off in one.
bool FrameReader::PassTags(uint16_t& type) {
  for (int tags = 0; IsVlan(type) && tags < kMostTags; ++tags) {
    const std::byte* tag = in_.Take(4);
    if (tag == nullptr) return false;
    const uint16_t id = Be16(tag) & kVlanId;
    Trace("vlan", tag, 4, "id", id);
    if (segment_.tap.vlan == 0) segment_.tap.vlan = id;
    type = Be16(tag + 2);
  }
  return true;
}

// LLC of 3 bytes and SNAP of 5, which has an ethertype: RFC 1042.
FrameReader::Next FrameReader::LogicalLink(size_t length) {
  constexpr size_t kLlcSize = 3;
  constexpr size_t kSize = 8;
  constexpr uint32_t kSnap = 0xaaaa03;  // both service access points, unnumbered information
  if (length < kSize) return End(Disposition::kNotIp);
  in_.Limit(length);
  const std::byte* llc = in_.Peek(kLlcSize + 1);
  if (llc != nullptr && Be32(llc) >> 8 != kSnap) return End(Disposition::kNotIp);
  const std::byte* header = in_.Take(kSize);
  if (header == nullptr) return Short();
  constexpr uint32_t kOrganization = 0xffffff;
  uint16_t type = Be16(header + 6);
  Trace("llc_snap", header, kSize, "type", type);
  // An organization other than 0 has numbers of its own.
  if ((Be32(header + 2) & kOrganization) != 0) return End(Disposition::kNotIp);
  if (!PassTags(type)) return Short();
  return OfEtherType(type, Disposition::kNotIp);
}

FrameReader::Next FrameReader::OfEtherType(uint16_t type, Disposition unknown) {
  switch (type) {
    case kEtherIpv4: return Next::kIpv4;
    case kEtherIpv6: return Next::kIpv6;
    case kEtherMpls:
    case kEtherMplsUpstream: return Enter(Next::kMpls);
    case kEtherPppoeSession: return Enter(Next::kPppoe);
    default: return End(unknown);
  }
}

// RFC 1661 §2, with the address and control bytes of RFC 1662 §3.1 or without them.
FrameReader::Next FrameReader::Ppp() {
  constexpr uint16_t kAddressControl = 0xff03;
  constexpr uint16_t kIpv4 = 0x0021;                 // RFC 1332 §2
  constexpr uint16_t kIpv6 = 0x0057;                 // RFC 5072 §2
  constexpr uint16_t kMpls = 0x0281;                 // RFC 3032 §4.3
  constexpr uint16_t kMultilink = 0x003d;            // RFC 1990 §3
  constexpr uint16_t kCompressedInMultilink = 0xfb;  // RFC 1962 §2, RFC 1968 §2
  constexpr uint16_t kCompressed = 0x00fd;           // the same; encrypted, too: RFC 3078 §3
  const std::byte* first = in_.Peek(1);
  if (first == nullptr) return Short();
  const size_t address = Byte(first) == 0xff ? 2 : 0;
  if (in_.Peek(address + 1) == nullptr) return Short();
  if (address != 0 && Be16(first) != kAddressControl) return End(Disposition::kNotIp);
  // Only the last byte of a number is odd; a first byte of 0 may be left out: RFC 1661 §6.5.
  const size_t size = Byte(first + address) % 2 == 1 ? 1 : 2;
  const std::byte* header = in_.Take(address + size);
  if (header == nullptr) return Short();
  const uint16_t number = size == 1 ? Byte(header + address) : Be16(header + address);
  Trace("ppp", header, address + size, "protocol", number);
  switch (number) {
    case kIpv4: return Next::kIpv4;
    case kIpv6: return Next::kIpv6;
    case kMpls: return Enter(Next::kMpls);
    case kMultilink:
    case kCompressedInMultilink:
    case kCompressed: return End(Disposition::kTunnel);
    default: return End(Disposition::kNotIp);
  }
}

// RFC 2516 §4.
FrameReader::Next FrameReader::Pppoe() {
  constexpr size_t kSize = 6;
  constexpr uint16_t kVersion1Type1Session = 0x1100;
  const std::byte* header = in_.Take(kSize);
  if (header == nullptr) return Short();
  Trace("pppoe", header, kSize, "session", Be16(header + 2));
  if (Be16(header) != kVersion1Type1Session) return End(Disposition::kTunnel);
  in_.Limit(Be16(header + 4));
  return Next::kPpp;
}

// RFC 3032 §2.1: a stack of labels, which does not say what lies below it.
FrameReader::Next FrameReader::Mpls() {
  for (bool bottom = false; !bottom;) {
    const std::byte* entry = in_.Take(4);
    if (entry == nullptr) return Short();
    const uint32_t label = Be32(entry) >> 12;
    bottom = (Byte(entry + 2) & 1U) != 0;
    Trace("mpls", entry, 4, "label", label);
    if (segment_.tap.mpls_label == 0) segment_.tap.mpls_label = label;
  }
  const std::byte* first = in_.Peek(1);
  if (first == nullptr) return Short();
  switch (Byte(first) >> 4) {  // RFC 4928 §3
    case 4: return Next::kIpv4;
    case 6: return Next::kIpv6;
    default: return Pseudowire();
  }
}

// RFC 4448 §4.6: Ethernet, behind a control word or not. A control word begins with 16 bits of 0;
// an Ethernet address may begin with 4.
FrameReader::Next FrameReader::Pseudowire() {
  constexpr size_t kSize = 4;
  const std::byte* word = in_.Peek(kSize);
  if (word == nullptr) return Short();
  if (Be16(word) == 0) {
    in_.Take(kSize);
    Trace("control_word", word, kSize, "sequence", Be16(word + 2));
  }
  return Next::kEthernet;
}

}  // namespace rcodescope
