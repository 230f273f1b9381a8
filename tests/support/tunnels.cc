#include "tests/support/tunnels.h"

namespace rcodescope {
namespace {

unsigned Size(const Bytes& bytes) { return static_cast<unsigned>(bytes.size()); }

}  // namespace

Bytes Outer(const Payload& tunnel, bool ipv6) {
  if (!ipv6) return Ipv4(tunnel, {.source = {10, 0, 0, 1}, .destination = {10, 0, 0, 2}});
  std::array<uint8_t, 16> source{0xfd};
  std::array<uint8_t, 16> destination{0xfd};
  source[15] = 1;
  destination[15] = 2;
  return Ipv6(tunnel, {.source = source, .destination = destination});
}

Payload ToPort(uint16_t port, const Bytes& payload) {
  return Udp(payload, {.source = 50'000, .destination = port});
}

Payload IpInIp(const Bytes& packet) {
  const bool is_ipv6 = EthertypeOf(packet) == 0x86dd;
  return {.protocol = static_cast<uint8_t>(is_ipv6 ? 41 : 4), .bytes = packet};
}

Payload Gre(unsigned type, const Bytes& payload, unsigned flags, uint32_t key) {
  Bytes header = Join(U16(flags), U16(type));
  if ((flags & 0x8000) != 0) header = Join(header, U32(0xabcd0000));
  if ((flags & 0x2000) != 0) header = Join(header, U32(key));
  if ((flags & 0x1000) != 0) header = Join(header, U32(77));
  return {.protocol = 47, .bytes = Join(header, payload)};
}

Payload PptpGre(const Bytes& ppp, bool acknowledgment) {
  return {.protocol = 47,
          .bytes = Join(U16(acknowledgment ? 0x3081 : 0x3001), U16(0x880b), U16(Size(ppp)), U16(9),
                        U32(1), acknowledgment ? U32(2) : Bytes{}, ppp)};
}

Bytes Erspan2(const Bytes& frame, unsigned session) {
  return Join(U16(0x1000 | 5), U16(0x1800 | session), U32(0x00012345), frame);
}

Bytes Erspan3(const Bytes& payload, unsigned session, bool platform, unsigned frame_type) {
  return Join(U16(0x2000 | 5), U16(0xf800 | session), U32(0x01020304), U16(7),
              U16(0x8000 | frame_type << 10 | (platform ? 1U : 0U)),
              platform ? Fill(8, 0xff) : Bytes{}, payload);
}

Bytes Vxlan(const Bytes& frame, uint32_t vni, unsigned flags) {
  return Join(U32(flags << 24), U32(vni << 8), frame);
}

Bytes VxlanGpe(const Bytes& payload, uint32_t vni, unsigned next_protocol, unsigned flags) {
  return Join(U32(flags << 24 | next_protocol), U32(vni << 8), payload);
}

Bytes Geneve(const Bytes& payload, uint32_t vni, unsigned type, size_t option_words) {
  return Join(U8(static_cast<unsigned>(option_words)), U8(0), U16(type), U32(vni << 8),
              Fill(option_words * 4, 0xee), payload);
}

Bytes GtpU(const Bytes& payload, unsigned flags, const Bytes& behind_teid, unsigned type) {
  return Join(U8(flags), U8(type), U16(Size(behind_teid) + Size(payload)), U32(0x01020304),
              behind_teid, payload);
}

Bytes TeredoAuthentication(size_t identifier, size_t value) {
  return Join(U16(1), U8(static_cast<unsigned>(identifier)), U8(static_cast<unsigned>(value)),
              Fill(identifier + value + 9, 0xaa));
}

Bytes TeredoOrigin() { return Hex("0000 63bf 3fff fdd2"); }

Bytes MplsLabel(uint32_t label, bool bottom) {
  return U32(label << 12 | (bottom ? 1U << 8 : 0) | 64);
}

Bytes Pppoe(const Bytes& ppp, unsigned version_type_code) {
  return Join(U16(version_type_code), U16(0x4711), U16(Size(ppp)), ppp);
}

Bytes LlcSnap(const Bytes& payload, unsigned type, uint32_t organization) {
  const Bytes llc =
      Join(Hex("aaaa03"), U8(organization >> 16), U16(organization & 0xffff), U16(type), payload);
  return Ethernet(llc, {.ethertype = static_cast<uint16_t>(llc.size())});
}

}  // namespace rcodescope
