// From a frame to the UDP datagram or TCP segment in it: link layer, VLAN tags, IP, ports.
#pragma once

#include <cstdint>
#include <optional>

#include "capture/packet.h"
#include "parse/cursor.h"
#include "parse/disposition.h"
#include "parse/ip_address.h"
#include "parse/protocol.h"

namespace rcodescope {

// What carries DNS. Addresses and `payload` are borrowed from the packet.
struct Segment {
  const std::byte* source_address = nullptr;  // 4 or 16 bytes, as `family` says
  const std::byte* destination_address = nullptr;
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
  Transport transport = Transport::kUdp;
  Family family = Family::kIpv4;
  uint16_t vlan = 0;  // id of the outermost tag that has one; 0: none
  Cursor payload{{}, 0};

  IpAddress source() const { return IpAddress::From(family, source_address); }
  IpAddress destination() const { return IpAddress::From(family, destination_address); }
};

// Reads `packet` down to its UDP or TCP payload. Without a value, `segment` is filled; otherwise
// the frame ends here, and `segment` has its addresses if the IP header could be read.
// Checksums are not verified: with offload, a capture on the sending host shows wrong ones.
std::optional<Disposition> DissectFrame(const Packet& packet, Segment& segment);

}  // namespace rcodescope
