// From a frame to the UDP datagram, TCP segment or IP fragment in it: link layer, VLAN tags, IP,
// ports, and the encapsulations between them.
//
//   Ethernet with 802.1Q and LLC/SNAP, Linux cooked, PPP, null, raw; MPLS (RFC 3032) with IP or an
//   Ethernet pseudowire, PPPoE (RFC 2516), IPv4 and IPv6 in each other (RFC 2003, 2473, 4213), GRE
//   (RFC 2784, 2890, 2637) with NVGRE and ERSPAN I to III, VXLAN (RFC 7348) and VXLAN-GPE, Geneve
//   (RFC 8926), GTP-U (3GPP TS 29.281), Teredo (RFC 4380)
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "capture/packet.h"
#include "parse/cursor.h"
#include "parse/disposition.h"
#include "parse/ip_address.h"
#include "parse/layer_trace.h"
#include "parse/port_set.h"
#include "parse/protocol.h"
#include "parse/tap.h"

namespace rcodescope {

inline constexpr std::array<uint16_t, 1> kVxlanPorts = {4789};  // RFC 7348 §5
inline constexpr int kMostEncapsulations = 8;                   // around one IP header

// All borrowed.
struct FrameOptions {
  const PortSet* dns_ports = nullptr;  // required; what is on one of them is never a tunnel
  std::span<const uint16_t> vxlan_ports = kVxlanPorts;
  LayerTrace* trace = nullptr;  // is told of every layer; not for many frames, as it takes longer
};

// What a frame holds.
enum class Content : uint8_t { kSegment, kFragment, kNone };

// What can carry DNS. Addresses and `payload` are borrowed from the packet.
struct Segment {
  const std::byte* source_address = nullptr;  // 4 or 16 bytes, as `family` says
  const std::byte* destination_address = nullptr;
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
  Transport transport = Transport::kUdp;
  Family family = Family::kIpv4;
  bool on_dns_port = false;  // either port is one of FrameOptions::dns_ports
  uint8_t flags = 0;         // of TCP: CWR to FIN, RFC 9293 §3.1; unspecified for UDP
  uint32_t sequence = 0;     // of TCP: of the first byte, SYN counting as one; the same
  Tap tap;
  Cursor payload{{}, 0};

  IpAddress source() const { return IpAddress::From(family, source_address); }
  IpAddress destination() const { return IpAddress::From(family, destination_address); }
};

// A part of an IP datagram, borrowed likewise. Put together by: addresses and id, for IPv4 the
// protocol, too (RFC 791 §3.2, RFC 8200 §4.5).
struct IpFragment {
  const std::byte* source_address = nullptr;
  const std::byte* destination_address = nullptr;
  Family family = Family::kIpv4;
  uint8_t protocol = 0;  // IPv6: the Fragment header's Next Header
  uint32_t id = 0;       // 16 bits for IPv4
  uint32_t offset = 0;   // bytes
  bool more = false;     // not the last
  Tap tap;
  Cursor payload{{}, 0};
};

// May be used for one frame after the other without being cleared.
struct Dissection {
  // kSegment: all of it. Otherwise its addresses and family are those of the innermost IP header
  // that could be read, null without one, and the rest is unspecified.
  Segment segment;
  IpFragment fragment;                    // kFragment
  Disposition end = Disposition::kNotIp;  // kNone: how the frame ends
};

// Reads `packet` down to its innermost UDP or TCP payload, or to a fragment. Of encapsulations that
// carry nothing known or are nested deeper than kMostEncapsulations, the end is kTunnel. Time is
// linear in the bytes captured. Checksums are not verified: with offload, a capture on the sending
// host shows wrong ones.
Content DissectFrame(const Packet& packet, const FrameOptions& options, Dissection& result);

// Reads on in a datagram that was put together: `whole` has its payload and the addresses, family,
// protocol and tap of its fragments; id, offset and more are not looked at. May be result.fragment.
Content DissectDatagram(const IpFragment& whole, const FrameOptions& options, Dissection& result);

}  // namespace rcodescope
