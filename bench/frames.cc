#include "bench/frames.h"

#include <algorithm>
#include <cstring>

namespace rcodescope {
namespace {

constexpr uint16_t kEtherTypeIpv4 = 0x0800;  // RFC 894
constexpr uint16_t kEtherTypeArp = 0x0806;   // RFC 826
constexpr uint16_t kEtherTypeVlan = 0x8100;  // IEEE 802.1Q
constexpr uint16_t kEtherTypeIpv6 = 0x86dd;  // RFC 2464 §3
constexpr uint8_t kProtocolIcmp = 1;         // RFC 792
constexpr uint8_t kProtocolTcp = 6;          // RFC 9293
constexpr uint8_t kProtocolUdp = 17;         // RFC 768
constexpr uint8_t kHeaderFragment = 44;      // RFC 8200 §4.5
constexpr uint8_t kProtocolIcmpv6 = 58;      // RFC 4443 §1
constexpr uint16_t kDontFragment = 0x4000;   // RFC 791 §3.1
constexpr uint16_t kMoreFragments = 0x2000;

// Locally administered addresses of the two routers on the tapped link.
constexpr std::array<uint8_t, 6> kUpstreamMac = {0x02, 0, 0, 0, 0, 0x01};
constexpr std::array<uint8_t, 6> kDownstreamMac = {0x02, 0, 0, 0, 0, 0x02};
constexpr std::array<uint8_t, 6> kBroadcastMac = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

// Sum of 16-bit words, to be folded. Words are taken in the machine's order: the folded sum is
// then in network order in memory (RFC 1071 §2 (B)).
uint64_t Sum(std::span<const std::byte> bytes) {
  uint64_t sum = 0;
  const std::byte* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 4; at += 4, left -= 4) {
    uint32_t word;
    std::memcpy(&word, at, sizeof(word));
    sum += word;
  }
  if (left > 0) {
    uint32_t word = 0;
    std::memcpy(&word, at, left);
    sum += word;
  }
  return sum;
}

// The Internet checksum as a number (RFC 1071).
uint16_t Checksum(uint64_t sum) {
  while (sum >> 16 != 0) sum = (sum >> 16) + (sum & 0xffffU);
  return __builtin_bswap16(static_cast<uint16_t>(~sum & 0xffffU));
}

size_t AddressSize(const Route& route) { return route.ipv6() ? 16 : 4; }

// RFC 768, RFC 9293 §3.1, RFC 8200 §8.1. The fields' widths differ, their sum does not.
uint64_t PseudoHeaderSum(const Route& route, uint8_t protocol, size_t length) {
  const size_t size = AddressSize(route);
  std::array<std::byte, 4> rest{};
  ByteWriter writer(rest);
  writer.U16(static_cast<uint16_t>(length));
  writer.U16(protocol);
  return Sum(std::span(route.from.address).first(size)) +
         Sum(std::span(route.to.address).first(size)) + Sum(rest);
}

void WriteEthernet(const Route& route, uint16_t ether_type, ByteWriter& out) {
  const auto& from = route.downstream ? kUpstreamMac : kDownstreamMac;
  const auto& to = route.downstream ? kDownstreamMac : kUpstreamMac;
  const bool broadcast = ether_type == kEtherTypeArp;
  out.Bytes(broadcast ? kBroadcastMac.data() : to.data(), to.size());
  out.Bytes(from.data(), from.size());
  if (route.vlan != 0) {
    out.U16(kEtherTypeVlan);
    out.U16(route.vlan);
  }
  out.U16(ether_type);
}

void WriteIpv4(const Route& route, uint8_t protocol, size_t payload, uint16_t id, uint16_t fragment,
               ByteWriter& out) {
  const size_t start = out.size();
  out.U8(0x45);
  out.U8(0);
  out.U16(static_cast<uint16_t>(kIpv4HeaderSize + payload));
  out.U16(id);
  out.U16(fragment);
  out.U8(route.hops);
  out.U8(protocol);
  out.U16(0);
  out.Bytes(std::span(route.from.address).first(4));
  out.Bytes(std::span(route.to.address).first(4));
  out.PatchU16(start + 10, Checksum(Sum(out.written_from(start))));
}

void WriteIpv6(const Route& route, uint8_t next_header, size_t payload, ByteWriter& out) {
  out.U32(0x60000000U);
  out.U16(static_cast<uint16_t>(payload));
  out.U8(next_header);
  out.U8(route.hops);
  out.Bytes(route.from.address);
  out.Bytes(route.to.address);
}

void WriteIp(const Route& route, uint8_t protocol, size_t payload, uint16_t id, uint16_t fragment,
             ByteWriter& out) {
  WriteEthernet(route, route.ipv6() ? kEtherTypeIpv6 : kEtherTypeIpv4, out);
  if (route.ipv6()) {
    WriteIpv6(route, protocol, payload, out);
  } else {
    WriteIpv4(route, protocol, payload, id, fragment, out);
  }
}

void Pad(ByteWriter& out) {
  if (out.size() < kShortestFrame) out.Zeros(kShortestFrame - out.size());
}

}  // namespace

void WriteUdpDatagram(const Route& route, std::span<const std::byte> payload, ByteWriter& out) {
  const size_t start = out.size();
  const size_t length = kUdpHeaderSize + payload.size();
  out.U16(route.from_port);
  out.U16(route.to_port);
  out.U16(static_cast<uint16_t>(length));
  out.U16(0);
  out.Bytes(payload);
  if (!route.checksum && !route.ipv6()) return;
  const uint16_t checksum =
      Checksum(PseudoHeaderSum(route, kProtocolUdp, length) + Sum(out.written_from(start)));
  out.PatchU16(start + 6,
               checksum == 0 ? uint16_t{0xffff} : checksum);  // 0 means that there is none
}

void WriteUdpFrame(const Route& route, uint16_t ip_id, std::span<const std::byte> payload,
                   ByteWriter& out) {
  WriteIp(route, kProtocolUdp, kUdpHeaderSize + payload.size(), ip_id, 0, out);
  WriteUdpDatagram(route, payload, out);
  Pad(out);
}

void WriteTcpFrame(const Route& route, uint16_t ip_id, TcpNumbers numbers, uint8_t flags,
                   std::span<const std::byte> payload, ByteWriter& out) {
  constexpr uint8_t kOptionMss = 2;  // RFC 9293 §3.7.1
  const size_t options = (flags & kFlagSyn) != 0 ? 4 : 0;
  const size_t length = kTcpHeaderSize + options + payload.size();
  WriteIp(route, kProtocolTcp, length, ip_id, kDontFragment, out);
  const size_t start = out.size();
  out.U16(route.from_port);
  out.U16(route.to_port);
  out.U32(numbers.sequence);
  out.U32(numbers.acknowledgment);
  out.U8(static_cast<uint8_t>((kTcpHeaderSize + options) / 4 << 4));
  out.U8(flags);
  out.U16(0xfaf0);
  out.U32(0);  // checksum and urgent pointer
  if (options != 0) {
    out.U8(kOptionMss);
    out.U8(4);
    out.U16(route.ipv6() ? 1440 : 1460);
  }
  out.Bytes(payload);
  out.PatchU16(start + 16, Checksum(PseudoHeaderSum(route, kProtocolTcp, length) +
                                    Sum(out.written_from(start))));
  Pad(out);
}

void WriteFragmentFrame(const Route& route, const Fragment& fragment,
                        std::span<const std::byte> datagram, ByteWriter& out) {
  const size_t size = std::min(FragmentCapacity(route.ipv6()), datagram.size() - fragment.offset);
  const auto units = static_cast<uint16_t>(fragment.offset / 8);
  if (route.ipv6()) {
    WriteIp(route, kHeaderFragment, kFragmentHeaderSize + size, 0, 0, out);
    out.U8(kProtocolUdp);
    out.U8(0);
    out.U16(static_cast<uint16_t>(units << 3 | (fragment.more ? 1 : 0)));
    out.U32(fragment.id);
  } else {
    const auto field = static_cast<uint16_t>(units | (fragment.more ? kMoreFragments : 0));
    WriteIp(route, kProtocolUdp, size, static_cast<uint16_t>(fragment.id), field, out);
  }
  out.Bytes(datagram.subspan(fragment.offset, size));
  Pad(out);
}

void WriteEchoFrame(const Route& route, bool reply, uint16_t id, uint16_t sequence,
                    ByteWriter& out) {
  constexpr size_t kLength = 8 + 56;
  const uint8_t type = route.ipv6() ? (reply ? 129 : 128) : (reply ? 0 : 8);
  WriteIp(route, route.ipv6() ? kProtocolIcmpv6 : kProtocolIcmp, kLength, id, 0, out);
  const size_t start = out.size();
  out.U8(type);
  out.U8(0);
  out.U16(0);
  out.U16(id);
  out.U16(sequence);
  for (uint8_t i = 0; i < 56; ++i) out.U8(i);
  const uint64_t pseudo = route.ipv6() ? PseudoHeaderSum(route, kProtocolIcmpv6, kLength) : 0;
  out.PatchU16(start + 2, Checksum(pseudo + Sum(out.written_from(start))));
}

void WriteUnreachableFrame(const Route& route, std::span<const std::byte> quoted, ByteWriter& out) {
  // RFC 1812 §4.3.2.3: a message of at most 576 bytes; RFC 4443 §2.4: of at most 1280.
  const size_t limit = route.ipv6() ? 1280 - kIpv6HeaderSize - 8 : 576 - kIpv4HeaderSize - 8;
  const auto quote = quoted.first(std::min(quoted.size(), limit));
  const size_t length = 8 + quote.size();
  WriteIp(route, route.ipv6() ? kProtocolIcmpv6 : kProtocolIcmp, length, 0, 0, out);
  const size_t start = out.size();
  out.U8(route.ipv6() ? 1 : 3);
  out.U8(route.ipv6() ? 4 : 3);
  out.U16(0);
  out.U32(0);
  out.Bytes(quote);
  const uint64_t pseudo = route.ipv6() ? PseudoHeaderSum(route, kProtocolIcmpv6, length) : 0;
  out.PatchU16(start + 2, Checksum(pseudo + Sum(out.written_from(start))));
}

void WriteArpFrame(const Route& route, ByteWriter& out) {
  WriteEthernet(route, kEtherTypeArp, out);
  out.U16(1);
  out.U16(kEtherTypeIpv4);
  out.U8(6);
  out.U8(4);
  out.U16(1);
  const auto& sender = route.downstream ? kUpstreamMac : kDownstreamMac;
  out.Bytes(sender.data(), sender.size());
  out.Bytes(std::span(route.from.address).first(4));
  out.Zeros(6);
  out.Bytes(std::span(route.to.address).first(4));
  Pad(out);
}

}  // namespace rcodescope
