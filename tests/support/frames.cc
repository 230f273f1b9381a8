#include "tests/support/frames.h"

#include <cstring>
#include <new>
#include <stdexcept>

#include <sys/mman.h>
#include <unistd.h>

namespace rcodescope {
namespace {

constexpr uint16_t kIpv4Ethertype = 0x0800;
constexpr uint16_t kIpv6Ethertype = 0x86dd;

template <size_t N>
Bytes Of(const std::array<uint8_t, N>& address) {
  Bytes bytes;
  for (const uint8_t value : address) bytes.push_back(std::byte{value});
  return bytes;
}

unsigned Size(const Bytes& bytes) { return static_cast<unsigned>(bytes.size()); }

// RFC 1071.
uint16_t InternetChecksum(const Bytes& bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    sum += std::to_integer<uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

Bytes WithChecksum(const Payload& payload, const Bytes& pseudo_header) {
  if (!payload.checksum_at) return payload.bytes;
  const uint16_t sum = InternetChecksum(Join(pseudo_header, payload.bytes));
  // RFC 768: a computed zero is sent as all ones.
  const bool udp_zero = payload.protocol == 17 && sum == 0;
  return WithU16(payload.bytes, *payload.checksum_at, udp_zero ? 0xffffU : sum);
}

// The EtherType field and what follows it: tags, each with the type of what it holds, and data.
Bytes Tagged(const Bytes& packet, const std::vector<VlanTag>& tags, uint16_t ethertype) {
  Bytes bytes;
  for (const VlanTag& tag : tags) bytes = Join(bytes, U16(tag.tpid), U16(tag.tci));
  return Join(bytes, U16(ethertype), packet);
}

Ipv6Extension Extension(uint8_t number, size_t eights) {
  return {number, Join(U8(0), U8(static_cast<unsigned>(eights) - 1), Fill(eights * 8 - 2))};
}

}  // namespace

uint16_t EthertypeOf(const Bytes& packet) {
  const bool is_ipv6 = !packet.empty() && std::to_integer<unsigned>(packet[0]) >> 4 == 6;
  return is_ipv6 ? kIpv6Ethertype : kIpv4Ethertype;
}

Payload Udp(const Bytes& payload, const UdpFields& fields) {
  const auto length = fields.length.value_or(static_cast<uint16_t>(8 + payload.size()));
  Payload udp{.protocol = 17,
              .bytes = Join(U16(fields.source), U16(fields.destination), U16(length),
                            U16(fields.checksum.value_or(0)), payload)};
  if (!fields.checksum) udp.checksum_at = 6;
  return udp;
}

Payload Tcp(const Bytes& payload, const TcpFields& fields) {
  const unsigned words =
      fields.data_offset.value_or(static_cast<uint8_t>(5 + fields.options.size() / 4));
  constexpr unsigned kWindow = 64'000;
  Payload tcp{.protocol = 6,
              .bytes = Join(U16(fields.source), U16(fields.destination), U32(fields.sequence),
                            U32(2000), U8(words << 4), U8(fields.flags), U16(kWindow),
                            U16(fields.checksum.value_or(0)), U16(0), fields.options, payload)};
  if (!fields.checksum) tcp.checksum_at = 16;
  return tcp;
}

Bytes Ipv4(const Payload& payload, const Ipv4Fields& fields) {
  const unsigned header_size = 20 + Size(fields.options);
  const unsigned words = fields.header_words.value_or(static_cast<uint8_t>(header_size / 4));
  const unsigned total =
      fields.total_length.value_or(static_cast<uint16_t>(header_size + payload.bytes.size()));
  const unsigned protocol = fields.protocol.value_or(payload.protocol);
  constexpr unsigned kTimeToLive = 64;
  const Bytes addresses = Join(Of(fields.source), Of(fields.destination));
  const Bytes header =
      Join(U8(unsigned{fields.version} << 4 | words), U8(0), U16(total), U16(0x4242),
           U16(fields.fragment), U8(kTimeToLive), U8(protocol), U16(0), addresses, fields.options);
  const uint16_t checksum = fields.checksum.value_or(InternetChecksum(header));
  const Bytes pseudo_header = Join(addresses, U8(0), U8(protocol), U16(Size(payload.bytes)));
  return Join(WithU16(header, 10, checksum), WithChecksum(payload, pseudo_header));
}

Ipv6Extension HopByHop(size_t eights) { return Extension(0, eights); }
Ipv6Extension Routing(size_t eights) { return Extension(43, eights); }
Ipv6Extension DestinationOptions(size_t eights) { return Extension(60, eights); }
Ipv6Extension FragmentHeader(unsigned offset_in_eights, bool more) {
  return {44, Join(U8(0), U8(0), U16(offset_in_eights << 3 | (more ? 1U : 0U)), U32(0x42424242))};
}
Ipv6Extension Authentication(size_t words) {
  return {51, Join(U8(0), U8(static_cast<unsigned>(words) - 2), Fill(words * 4 - 2))};
}

Bytes Ipv6(const Payload& payload, const Ipv6Fields& fields) {
  const Bytes addresses = Join(Of(fields.source), Of(fields.destination));
  const Bytes pseudo_header = Join(addresses, U32(Size(payload.bytes)), U32(payload.protocol));
  Bytes rest = WithChecksum(payload, pseudo_header);
  unsigned next = payload.protocol;
  for (auto extension = fields.extensions.rbegin(); extension != fields.extensions.rend();
       ++extension) {
    rest = Join(WithU8(extension->bytes, 0, next), rest);
    next = extension->number;
  }
  constexpr unsigned kHopLimit = 64;
  const unsigned length = fields.payload_length.value_or(static_cast<uint16_t>(rest.size()));
  return Join(U32(uint32_t{fields.version} << 28), U16(length), U8(next), U8(kHopLimit), addresses,
              rest);
}

Bytes Ethernet(const Bytes& packet, const EthernetFields& fields) {
  return Join(Hex("02000000000202000000 0001"),
              Tagged(packet, fields.tags, fields.ethertype.value_or(EthertypeOf(packet))),
              fields.trailer);
}

Bytes LinuxSll(const Bytes& packet, const std::vector<VlanTag>& tags) {
  return Join(Hex("0000 0001 0006 0200000000010000"), Tagged(packet, tags, EthertypeOf(packet)));
}

Bytes LinuxSll2(const Bytes& packet, const std::vector<VlanTag>& tags) {
  // The first type stands at the front of the header, the rest of the header behind it.
  const Bytes tagged = Tagged(packet, tags, EthertypeOf(packet));
  return Join(Cut(tagged, 2), Hex("0000 00000003 0001 00 06 0200000000010000"),
              Bytes(tagged.begin() + 2, tagged.end()));
}

Bytes NullFrame(const Bytes& packet, uint32_t family, bool big_endian) {
  return Join(U32(big_endian ? family : __builtin_bswap32(family)), packet);
}

Bytes LoopFrame(const Bytes& packet, uint32_t family) { return Join(U32(family), packet); }

Bytes Ppp(const Bytes& packet, bool hdlc) {
  constexpr unsigned kIpv4Protocol = 0x0021;  // RFC 1332
  constexpr unsigned kIpv6Protocol = 0x0057;  // RFC 5072
  const bool is_ipv6 = EthertypeOf(packet) == kIpv6Ethertype;
  return Join(hdlc ? Hex("ff03") : Bytes{}, U16(is_ipv6 ? kIpv6Protocol : kIpv4Protocol), packet);
}

Frame::Frame(const Bytes& bytes, LinkType link_type)
    : Frame(bytes, link_type, static_cast<uint32_t>(bytes.size())) {}

Frame::Frame(const Bytes& bytes, LinkType link_type, uint32_t wire) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t readable = (bytes.size() / page + 1) * page;
  mapped_ = readable + page;
  pages_ = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages_ == MAP_FAILED) throw std::bad_alloc();
  auto* const end = static_cast<std::byte*>(pages_) + readable;
  if (mprotect(end, page, PROT_NONE) != 0) throw std::runtime_error("mprotect");
  std::byte* const begin = end - bytes.size();
  if (!bytes.empty()) std::memcpy(begin, bytes.data(), bytes.size());
  packet.data = begin;
  packet.captured = static_cast<uint32_t>(bytes.size());
  packet.wire = wire;
  packet.frame = 1;
  packet.link_type = link_type;
}

Frame::~Frame() { munmap(pages_, mapped_); }

}  // namespace rcodescope
