// The filter of a live capture to which the user gave none: keeps back, in the kernel, the bulk
// that cannot be DNS.
#pragma once

#include <cstdint>
#include <span>

#include "capture/bpf_program.h"
#include "capture/packet.h"

namespace rcodescope {

// Keeps back UDP and TCP right above IPv4 or IPv6 when neither port is in `ports` nor, of UDP, in
// `tunnel_ports`, under up to kMostTags VLAN tags. All else passes, for the decoder to tell: every
// fragment, IPv6 extension headers, IP in IP and GRE, MPLS, PPPoE, ARP. Thus nothing is missed that
// has its port further in, and of a decoder's dispositions only not_dns_port shrinks. Frames that
// end inside a header they announce are kept back, too. A VLAN tag that the kernel took out of the
// frame is not in its bytes and plays no part.
//
// Of the framings, Ethernet and raw IP are looked into; frames of all others pass.
BpfProgram DnsFilter(LinkType link_type, std::span<const uint16_t> ports,
                     std::span<const uint16_t> tunnel_ports, uint32_t snap_length);

inline constexpr int kMostTags = 4;

}  // namespace rcodescope
