#include "parse/frame.h"

#include "parse/common_frame.h"
#include "parse/frame_reader.h"

namespace rcodescope {
namespace {

// A common frame as a segment.
void TakeCommonFrame(const Packet& packet, const CommonFrame& frame, Segment& segment) {
  const auto headers = static_cast<size_t>(frame.payload() - packet.data);
  segment.family = frame.family;
  segment.source_address = frame.source();
  segment.destination_address = frame.destination();
  segment.source_port = frame.source_port();
  segment.destination_port = frame.destination_port();
  segment.transport = Transport::kUdp;
  segment.tap = {.interface = packet.interface, .vlan = frame.vlan};
  segment.payload = Cursor({frame.payload(), packet.captured - headers}, packet.wire - headers);
  segment.payload.Limit(frame.size);
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
  CommonFrame frame;
  if (options.trace != nullptr || !ReadCommonFrame(packet, frame)) [[unlikely]] {
    return ReadByLayer(packet, options, result);
  }
  TakeCommonFrame(packet, frame, segment);
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
