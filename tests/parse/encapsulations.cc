#include "tests/parse/encapsulations.h"

namespace rcodescope {
namespace {

constexpr unsigned kChecksum = 0x8000;
constexpr unsigned kKey = 0x2000;
constexpr unsigned kSequence = 0x1000;
constexpr uint32_t kVni = 0xabcdef;

using Wrap = std::function<Bytes(const Bytes& packet, bool ipv6)>;

// A tunnel over IP, by what it makes of the packet it carries.
Wrap OverIp(std::function<Payload(const Bytes& packet)> tunnel) {
  return [tunnel](const Bytes& packet, bool ipv6) { return Ethernet(Outer(tunnel(packet), ipv6)); };
}
Wrap OverUdp(uint16_t port, std::function<Bytes(const Bytes& packet)> tunnel) {
  return OverIp([=](const Bytes& packet) { return ToPort(port, tunnel(packet)); });
}
// GRE that carries the packet itself, and GRE of another type.
Wrap GreOfIp(unsigned flags) {
  return OverIp([=](const Bytes& packet) { return Gre(EthertypeOf(packet), packet, flags, kVni); });
}
Wrap GreOf(unsigned type, unsigned flags, std::function<Bytes(const Bytes& packet)> inner) {
  return OverIp([=](const Bytes& packet) { return Gre(type, inner(packet), flags, kVni << 8); });
}
// Below IP, where the version of an outer packet does not matter.
Wrap Below(uint16_t ethertype, std::function<Bytes(const Bytes& packet)> inner) {
  return
      [=](const Bytes& packet, bool) { return Ethernet(inner(packet), {.ethertype = ethertype}); };
}

Bytes InEthernet(const Bytes& packet) { return Ethernet(packet); }
Bytes Tagged(const Bytes& packet) { return Ethernet(packet, {.tags = {{kVlanTpid, 33}}}); }

std::vector<Encapsulation> LinkEncapsulations() {
  return {
      {"LLC and SNAP",
       {},
       [](const Bytes& packet, bool) { return LlcSnap(packet, EthertypeOf(packet)); }},
      {"MPLS, a label",
       {.depth = 1, .mpls_label = 16},
       Below(0x8847, [](const Bytes& p) { return Join(MplsLabel(16, true), p); })},
      {"MPLS, three labels",
       {.depth = 1, .mpls_label = 0xfffff},
       Below(0x8848,
             [](const Bytes& p) {
               return Join(MplsLabel(0xfffff, false), MplsLabel(2, false), MplsLabel(3, true), p);
             })},
      {"MPLS, a tagged frame behind a control word",
       {.vlan = 33, .depth = 1, .mpls_label = 99},
       Below(0x8847,
             [](const Bytes& p) { return Join(MplsLabel(99, true), Hex("00000042"), Tagged(p)); })},
      {"MPLS, Ethernet without a control word",
       {.depth = 1, .mpls_label = 99},
       Below(0x8847, [](const Bytes& p) { return Join(MplsLabel(99, true), InEthernet(p)); })},
      {"PPPoE", {.depth = 1}, Below(0x8864, [](const Bytes& p) { return Pppoe(Ppp(p, false)); })},
      {"MPLS in PPPoE",
       {.depth = 2, .mpls_label = 5},
       Below(0x8864,
             [](const Bytes& p) { return Pppoe(Join(U16(0x0281), MplsLabel(5, true), p)); })},
  };
}

std::vector<Encapsulation> GreEncapsulations() {
  const auto in_erspan2 = [](const Bytes& p) { return Erspan2(InEthernet(p), 0x155); };
  const auto in_erspan3 = [](bool platform) {
    return [=](const Bytes& p) { return Erspan3(InEthernet(p), 0x3ff, platform); };
  };
  const auto with_label = [](const Bytes& p) { return Join(MplsLabel(1000, true), p); };
  return {
      {"IP in IP", {.depth = 1}, OverIp(IpInIp)},
      {"GRE", {.depth = 1}, GreOfIp(0)},
      {"GRE with a checksum", {.depth = 1}, GreOfIp(kChecksum)},
      {"GRE with a key", {.depth = 1}, GreOfIp(kKey)},
      {"GRE with a sequence number", {.depth = 1}, GreOfIp(kSequence)},
      {"GRE with all of them", {.depth = 1}, GreOfIp(kChecksum | kKey | kSequence)},
      {"Ethernet in GRE", {.depth = 1}, GreOf(0x6558, 0, InEthernet)},
      {"NVGRE", {.vni = kVni, .depth = 1}, GreOf(0x6558, kKey, InEthernet)},
      {"Ethernet in GRE with key and sequence number",
       {.depth = 1},
       GreOf(0x6558, kKey | kSequence, InEthernet)},
      {"MPLS in GRE", {.depth = 2, .mpls_label = 1000}, GreOf(0x8847, 0, with_label)},
      {"a VLAN tag in GRE",
       {.vlan = 33, .depth = 1},
       GreOf(0x8100, 0, [](const Bytes& p) { return Join(U16(33), U16(EthertypeOf(p)), p); })},
      {"PPP in GRE", {.depth = 1}, GreOf(0x880b, 0, [](const Bytes& p) { return Ppp(p, true); })},
      {"PPTP", {.depth = 1}, OverIp([](const Bytes& p) { return PptpGre(Ppp(p, true), false); })},
      {"PPTP with an acknowledgment and a short PPP header",
       {.depth = 1},
       OverIp([](const Bytes& p) {
         const Bytes ppp = Ppp(p, false);
         return PptpGre(Bytes(ppp.begin() + 1, ppp.end()), true);
       })},
      {"ERSPAN type I", {.depth = 1}, GreOf(0x88be, 0, InEthernet)},
      {"ERSPAN type II",
       {.erspan_session = 0x155, .depth = 1},
       GreOf(0x88be, kSequence, in_erspan2)},
      {"ERSPAN type III",
       {.erspan_session = 0x3ff, .depth = 1},
       GreOf(0x22eb, kSequence, in_erspan3(false))},
      {"ERSPAN type III with a platform's fields",
       {.erspan_session = 0x3ff, .depth = 1},
       GreOf(0x22eb, kSequence, in_erspan3(true))},
      {"ERSPAN type III of an IP packet",
       {.erspan_session = 7, .depth = 1},
       GreOf(0x22eb, kSequence, [](const Bytes& p) { return Erspan3(p, 7, true, 2); })},
  };
}

std::vector<Encapsulation> UdpEncapsulations() {
  const auto gpe = [](unsigned next, unsigned flags, std::function<Bytes(const Bytes&)> inner) {
    return OverUdp(kVxlanGpePort, [=](const Bytes& p) {
      const unsigned ip = EthertypeOf(p) == 0x86dd ? 2 : 1;
      return VxlanGpe(inner(p), kVni, next == 0 ? ip : next, flags);
    });
  };
  const auto itself = [](const Bytes& p) { return p; };
  const auto with_label = [](const Bytes& p) { return Join(MplsLabel(8, true), p); };
  const auto gtp = [](unsigned flags, const Bytes& optional) {
    return OverUdp(kGtpUPort, [=](const Bytes& p) { return GtpU(p, flags, optional); });
  };
  return {
      {"VXLAN",
       {.vni = kVni, .depth = 1},
       OverUdp(kVxlanPort, [](const Bytes& p) { return Vxlan(InEthernet(p), kVni); })},
      {"VXLAN with every flag, of a tagged frame",
       {.vlan = 33, .vni = 1, .depth = 1},
       OverUdp(kVxlanPort, [](const Bytes& p) { return Vxlan(Tagged(p), 1, 0xff); })},
      {"VXLAN-GPE of IP", {.vni = kVni, .depth = 1}, gpe(0, 0x0c, itself)},
      {"VXLAN-GPE of Ethernet", {.vni = kVni, .depth = 1}, gpe(3, 0x0c, InEthernet)},
      {"VXLAN-GPE without a next protocol",
       {.vni = kVni, .depth = 1},
       OverUdp(kVxlanGpePort,
               [](const Bytes& p) { return VxlanGpe(InEthernet(p), kVni, 0, 0x08); })},
      {"VXLAN-GPE of IP without its flag", {.vni = kVni, .depth = 1}, gpe(0, 0x08, itself)},
      {"VXLAN-GPE of MPLS", {.vni = kVni, .depth = 2, .mpls_label = 8}, gpe(5, 0x0c, with_label)},
      {"Geneve of Ethernet",
       {.vni = kVni, .depth = 1},
       OverUdp(kGenevePort, [](const Bytes& p) { return Geneve(InEthernet(p), kVni, 0x6558); })},
      {"Geneve of IP with all the options there can be",
       {.vni = kVni, .depth = 1},
       OverUdp(kGenevePort, [](const Bytes& p) { return Geneve(p, kVni, EthertypeOf(p), 63); })},
      {"GTP-U", {.depth = 1}, gtp(0x30, {})},
      {"GTP-U with a sequence number", {.depth = 1}, gtp(0x32, Hex("1234 00 85"))},
      {"GTP-U with an N-PDU number", {.depth = 1}, gtp(0x31, Hex("0000 07 85"))},
      {"GTP-U without an extension header after all", {.depth = 1}, gtp(0x34, Hex("0000 00 00"))},
      {"GTP-U with two extension headers",
       {.depth = 1},
       gtp(0x36, Hex("1234 00 85 01 1009 c0 02 0000 0000 0000 00"))},
      {"GTP-U from its port", {.depth = 1}, OverIp([](const Bytes& p) {
         return Udp(GtpU(p), {.source = kGtpUPort, .destination = 50'000});
       })},
  };
}

}  // namespace

const std::vector<Encapsulation>& Encapsulations() {
  static const std::vector<Encapsulation> all = [] {
    std::vector<Encapsulation> joined = LinkEncapsulations();
    for (const auto& more : {GreEncapsulations(), UdpEncapsulations()}) {
      joined.insert(joined.end(), more.begin(), more.end());
    }
    return joined;
  }();
  return all;
}

}  // namespace rcodescope
