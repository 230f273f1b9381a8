// Ethernet frames of generated traffic, with correct lengths and checksums.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "bench/byte_writer.h"
#include "bench/population.h"

namespace rcodescope {

inline constexpr size_t kMtu = 1500;              // of the IP packets
inline constexpr size_t kLargestFrame = 1518;     // MTU, Ethernet header and one tag
inline constexpr size_t kShortestFrame = 60;      // IEEE 802.3 without the FCS; padded with zeros
inline constexpr size_t kUdpHeaderSize = 8;       // RFC 768
inline constexpr size_t kTcpHeaderSize = 20;      // RFC 9293 §3.1, without options
inline constexpr size_t kIpv4HeaderSize = 20;     // RFC 791 §3.1, without options
inline constexpr size_t kIpv6HeaderSize = 40;     // RFC 8200 §3
inline constexpr size_t kFragmentHeaderSize = 8;  // RFC 8200 §4.5
inline constexpr size_t kEthernetHeaderSize = 14;

// Who sends a packet to whom. Both hosts are of one family.
struct Route {
  Host from;
  Host to;
  uint16_t from_port = 0;
  uint16_t to_port = 0;
  uint16_t vlan = 0;        // 802.1Q tag; 0: none
  uint8_t hops = 64;        // TTL or hop limit
  bool checksum = true;     // false: a UDP checksum of 0, which only IPv4 allows (RFC 8200 §8.1)
  bool downstream = false;  // which of the two routers' MAC addresses is the sender's

  bool ipv6() const { return from.ipv6; }
};

enum TcpFlags : uint8_t { kFlagFin = 0x01, kFlagSyn = 0x02, kFlagPush = 0x08, kFlagAck = 0x10 };

struct TcpNumbers {
  uint32_t sequence = 0;
  uint32_t acknowledgment = 0;
};

// A part of an IP packet's payload that travels alone. `offset` is a multiple of 8.
struct Fragment {
  size_t offset = 0;
  bool more = false;
  uint32_t id = 0;
};

// Bytes of IP payload a fragment holds at most.
constexpr size_t FragmentCapacity(bool ipv6) {
  const size_t headers = ipv6 ? kIpv6HeaderSize + kFragmentHeaderSize : kIpv4HeaderSize;
  return (kMtu - headers) / 8 * 8;
}

// Each appends one frame to `out`, which must be empty and hold kLargestFrame bytes.
void WriteUdpFrame(const Route& route, uint16_t ip_id, std::span<const std::byte> payload,
                   ByteWriter& out);
void WriteTcpFrame(const Route& route, uint16_t ip_id, TcpNumbers numbers, uint8_t flags,
                   std::span<const std::byte> payload, ByteWriter& out);
// `datagram`: what WriteUdpDatagram wrote.
void WriteFragmentFrame(const Route& route, const Fragment& fragment,
                        std::span<const std::byte> datagram, ByteWriter& out);
void WriteEchoFrame(const Route& route, bool reply, uint16_t id, uint16_t sequence,
                    ByteWriter& out);
// Port unreachable, quoting an IP packet (RFC 792, RFC 4443 §3.1).
void WriteUnreachableFrame(const Route& route, std::span<const std::byte> quoted, ByteWriter& out);
// Who has `route.to`? IPv4 only.
void WriteArpFrame(const Route& route, ByteWriter& out);

// A UDP header with its checksum, and the payload: no frame yet.
void WriteUdpDatagram(const Route& route, std::span<const std::byte> payload, ByteWriter& out);

}  // namespace rcodescope
