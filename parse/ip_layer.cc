// IP and above it: IPv4, IPv6 and its extension headers, UDP, TCP.
#include "capture/bytes.h"
#include "parse/frame_reader.h"
#include "parse/ip_protocol.h"

namespace rcodescope {
namespace {

constexpr int kMostExtensionHeaders = 8;

bool IsExtensionHeader(uint8_t number) {  // RFC 7045 §4
  switch (number) {
    case kHopByHop:
    case kRouting:
    case kFragmentHeader:
    case kAuthentication:
    case kDestinationOptions:
    case kMobility:
    case kHip:
    case kShim6: return true;
    default: return false;
  }
}

}  // namespace

// Where only the first nibble says which IP it is.
FrameReader::Next FrameReader::EitherIp(Disposition unknown) {
  const std::byte* first = in_.Peek(1);
  if (first == nullptr) return Missing(1);
  switch (Byte(first) >> 4) {
    case 4: return Next::kIpv4;
    case 6: return Next::kIpv6;
    default: return End(unknown);
  }
}

// RFC 791 §3.1.
FrameReader::Next FrameReader::Ipv4() {
  const std::byte* header = in_.Take(20);
  if (header == nullptr) return Short();
  const size_t header_size = size_t{Byte(header) & 0x0fU} * 4;
  const size_t total = Be16(header + 2);
  if (Byte(header) >> 4 != 4 || header_size < 20) return End(Disposition::kBadIpHeader);
  if (in_.Take(header_size - 20) == nullptr) return Short();
  if (total >= header_size) {
    TakePayload(total - header_size);
  } else if (total != 0) {  // 0: filled in by the NIC later (segmentation offload)
    return End(Disposition::kBadIpHeader);
  }
  const uint8_t protocol = Byte(header + 9);
  Trace("ipv4", header, header_size, "protocol", protocol);
  TakeAddresses(Family::kIpv4, header + 12, header + 16);
  const uint16_t fragment = Be16(header + 6);
  if ((fragment & kMoreFragmentsOrOffset) != 0) {
    const uint32_t offset = (fragment & uint32_t{kFragmentOffset}) * 8;
    return Fragment(protocol, Be16(header + 4), offset, (fragment & kMoreFragmentsFlag) != 0);
  }
  return Upper(protocol);
}

// RFC 8200 §3.
FrameReader::Next FrameReader::Ipv6() {
  constexpr size_t kSize = 40;
  const std::byte* header = in_.Take(kSize);
  if (header == nullptr) return Short();
  if (Byte(header) >> 4 != 6) return End(Disposition::kBadIpHeader);
  const size_t payload = Be16(header + 4);
  if (payload != 0) TakePayload(payload);  // 0: a jumbogram, or segmentation offload
  Trace("ipv6", header, kSize, "next_header", Byte(header + 6));
  TakeAddresses(Family::kIpv6, header + 8, header + 24);
  return ExtensionHeaders(Byte(header + 6));
}

// The payload of an IP header that gives it `count` bytes.
void FrameReader::TakePayload(size_t count) {
  missing_ = count > in_.wire() ? count - in_.wire() : 0;
  LimitTo(count);
}

void FrameReader::TakeAddresses(Family family, const std::byte* source,
                                const std::byte* destination) {
  segment_.family = family;
  segment_.source_address = source;
  segment_.destination_address = destination;
  put_together_ = false;
}

// RFC 8200 §4, RFC 4302 §2.
FrameReader::Next FrameReader::ExtensionHeaders(uint8_t number) {
  for (int count = 0; count <= kMostExtensionHeaders; ++count) {
    if (!IsExtensionHeader(number)) return Upper(number);
    const std::byte* header = in_.Take(8);
    if (header == nullptr) return Short();
    size_t rest = 0;  // bytes behind the first 8
    if (number == kAuthentication) {
      const size_t size = (size_t{Byte(header + 1)} + 2) * 4;
      if (size < 8) return End(Disposition::kBadIpHeader);
      rest = size - 8;
    } else if (number != kFragmentHeader) {
      rest = size_t{Byte(header + 1)} * 8;
    }
    if (in_.Take(rest) == nullptr) return Short();
    const bool authentication = number == kAuthentication;
    Trace(authentication ? "authentication" : "ipv6_extension", header, 8 + rest, "type", number);
    if (number == kFragmentHeader) {  // RFC 8200 §4.5
      const uint16_t bits = Be16(header + 2);
      const uint32_t offset = bits & 0xfff8U;
      const bool more = (bits & 1U) != 0;
      // With neither it is an atomic fragment, and whole: RFC 6946 §1.
      if (offset != 0 || more) return Fragment(Byte(header), Be32(header + 4), offset, more);
    }
    number = Byte(header);
  }
  return End(Disposition::kNotUdpOrTcp);
}

FrameReader::Next FrameReader::Fragment(uint8_t protocol, uint32_t id, uint32_t offset, bool more) {
  // Fragments are not fragmented again: RFC 8200 §4.1. This also bounds the caller's work.
  if (put_together_) return End(Disposition::kFragmentIncomplete);
  result_.fragment = {.source_address = segment_.source_address,
                      .destination_address = segment_.destination_address,
                      .family = segment_.family,
                      .protocol = protocol,
                      .id = id,
                      .offset = offset,
                      .more = more,
                      .tap = segment_.tap,
                      .payload = Cursor(in_.captured(), in_.wire() + missing_)};
  return Next::kFragment;
}

FrameReader::Next FrameReader::Upper(uint8_t protocol) {
  switch (protocol) {
    case kUdp: return Udp();
    case kTcp: return Tcp();
    case kIcmp:
    case kIcmpv6: return End(Disposition::kIcmp);
    case kIpv4InIp: return Enter(Next::kIpv4);
    case kIpv6InIp: return Enter(Next::kIpv6);
    case kGreInIp: return Enter(Next::kGre);
    case kAuthentication: return ExtensionHeaders(protocol);  // over IPv4, where others are none
    default: return End(Disposition::kNotUdpOrTcp);
  }
}

// RFC 768.
FrameReader::Next FrameReader::Udp() {
  constexpr size_t kSize = 8;
  const std::byte* header = in_.Take(kSize);
  if (header == nullptr) return Short();
  const size_t length = Be16(header + 4);
  if (length != 0) LimitTo(length < kSize ? 0 : length - kSize);  // 0: jumbogram, RFC 2675 §4
  TakePorts(header, Transport::kUdp);
  Trace("udp", header, kSize, "destination_port", segment_.destination_port);
  if (segment_.on_dns_port) return Next::kSegment;
  const Next tunnel = UdpTunnel(segment_, options_);
  return tunnel == Next::kSegment ? tunnel : Enter(tunnel);
}

// RFC 9293 §3.1.
FrameReader::Next FrameReader::Tcp() {
  const std::byte* header = in_.Take(20);
  if (header == nullptr) return Short();
  const size_t size = size_t{Byte(header + 12)} / 16 * 4;
  if (size < 20 || in_.Take(size - 20) == nullptr) return Short();
  TakePorts(header, Transport::kTcp);
  segment_.sequence = Be32(header + 4);
  segment_.flags = Byte(header + 13);
  Trace("tcp", header, size, "destination_port", segment_.destination_port);
  return Next::kSegment;
}

void FrameReader::TakePorts(const std::byte* header, Transport transport) {
  segment_.source_port = Be16(header);
  segment_.destination_port = Be16(header + 2);
  segment_.transport = transport;
  segment_.on_dns_port =
      options_.dns_ports->ContainsEither(segment_.source_port, segment_.destination_port);
  segment_.payload = in_;
}

}  // namespace rcodescope
