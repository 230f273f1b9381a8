#include "capture/dns_filter.h"

#include <linux/filter.h>

namespace rcodescope {
namespace {

constexpr uint32_t kEthernetHeader = 14;
constexpr uint32_t kTypeOffset = 12;
constexpr uint32_t kTagSize = 4;
constexpr uint32_t kIpv6Header = 40;
constexpr uint32_t kFragmentBits = 0x3fff;  // more fragments, and the offset: RFC 791 §3.1
constexpr uint32_t kTcp = 6;
constexpr uint32_t kUdp = 17;
constexpr uint32_t kVlanTypes[] = {0x8100, 0x88a8, 0x9100};
constexpr uint32_t kIpv4Type = 0x0800;
constexpr uint32_t kIpv6Type = 0x86dd;

// Programs in which X is the offset of the header being looked at.
class Assembler {
 public:
  explicit Assembler(uint32_t snap_length) : snap_length_(snap_length) {}

  void Op(unsigned code, uint32_t k = 0) { Jump(code, k, 0, 0); }
  void Jump(unsigned code, uint32_t k, unsigned when_true, unsigned when_false) {
    program_.push_back({static_cast<uint16_t>(code), static_cast<uint8_t>(when_true),
                        static_cast<uint8_t>(when_false), k});
  }
  void LoadX(uint32_t value) { Op(BPF_LDX | BPF_IMM, value); }
  void LoadByte(uint32_t at) { Op(BPF_LD | BPF_B | BPF_IND, at); }
  void LoadHalf(uint32_t at) { Op(BPF_LD | BPF_H | BPF_IND, at); }
  void AddToX(uint32_t value) {
    Op(BPF_MISC | BPF_TXA);
    Op(BPF_ALU | BPF_ADD, value);  // | BPF_K, which is 0 as well
    Op(BPF_MISC | BPF_TAX);
  }
  void Pass() { Op(BPF_RET | BPF_K, snap_length_); }
  void KeepBack() { Op(BPF_RET | BPF_K, 0); }
  void PassIf(uint32_t value) {
    Jump(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    Pass();
  }
  // `body` is run only when A is `value`; it must end by itself.
  template <typename Body>
  void When(uint32_t value, Body body) {
    Jump(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
    const size_t over = program_.size();
    Op(BPF_JMP | BPF_JA);
    body();
    program_[over].k = static_cast<uint32_t>(program_.size() - over - 1);
  }

  // A is a protocol's number and X the offset behind the IP header.
  void Ports(std::span<const uint16_t> ports, std::span<const uint16_t> tunnel_ports) {
    When(kTcp, [&] {
      EitherPort(ports);
      KeepBack();
    });
    When(kUdp, [&] {
      EitherPort(ports);
      EitherPort(tunnel_ports);
      KeepBack();
    });
    Pass();
  }

  BpfProgram Take() { return std::move(program_); }

 private:
  void EitherPort(std::span<const uint16_t> ports) {
    for (const uint32_t at : {0u, 2u}) {
      LoadHalf(at);
      for (const uint16_t port : ports) PassIf(port);
    }
  }

  uint32_t snap_length_;
  BpfProgram program_;
};

class DnsFilterWriter {
 public:
  DnsFilterWriter(std::span<const uint16_t> ports, std::span<const uint16_t> tunnel_ports,
                  uint32_t snap_length)
      : ports_(ports), tunnel_ports_(tunnel_ports), out_(snap_length) {}

  BpfProgram Ethernet() {
    out_.LoadX(0);
    for (int tags = 0; tags < kMostTags; ++tags) PassOverTag();
    out_.LoadHalf(kTypeOffset);
    for (const uint32_t type : {kIpv4Type, kIpv6Type}) {
      out_.When(type, [&] {
        out_.AddToX(kEthernetHeader);
        type == kIpv4Type ? Ipv4() : Ipv6();
      });
    }
    out_.Pass();
    return out_.Take();
  }

  BpfProgram Raw() {
    out_.LoadX(0);
    out_.LoadByte(0);
    out_.Op(BPF_ALU | BPF_RSH | BPF_K, 4);
    out_.When(4, [&] { Ipv4(); });
    out_.When(6, [&] { Ipv6(); });
    out_.Pass();
    return out_.Take();
  }

  BpfProgram All() {
    out_.Pass();
    return out_.Take();
  }

 private:
  // X moves on by a tag's size when there is one.
  void PassOverTag() {
    out_.LoadHalf(kTypeOffset);
    out_.Jump(BPF_JMP | BPF_JEQ | BPF_K, kVlanTypes[0], 2, 0);
    out_.Jump(BPF_JMP | BPF_JEQ | BPF_K, kVlanTypes[1], 1, 0);
    out_.Jump(BPF_JMP | BPF_JEQ | BPF_K, kVlanTypes[2], 0, 3);
    out_.AddToX(kTagSize);
  }

  void Ipv4() {
    out_.LoadHalf(6);
    out_.Jump(BPF_JMP | BPF_JSET | BPF_K, kFragmentBits, 0, 1);
    out_.Pass();
    out_.LoadByte(9);
    out_.Op(BPF_ST, 0);
    out_.LoadByte(0);  // header length in words of 4 bytes, RFC 791 §3.1
    out_.Op(BPF_ALU | BPF_AND | BPF_K, 0x0f);
    out_.Op(BPF_ALU | BPF_LSH | BPF_K, 2);
    out_.Op(BPF_ALU | BPF_ADD | BPF_X);
    out_.Op(BPF_MISC | BPF_TAX);
    out_.Op(BPF_LD | BPF_MEM, 0);
    out_.Ports(ports_, tunnel_ports_);
  }

  void Ipv6() {
    out_.LoadByte(6);
    out_.Op(BPF_ST, 0);
    out_.AddToX(kIpv6Header);
    out_.Op(BPF_LD | BPF_MEM, 0);
    out_.Ports(ports_, tunnel_ports_);
  }

  std::span<const uint16_t> ports_;
  std::span<const uint16_t> tunnel_ports_;
  Assembler out_;
};

}  // namespace

BpfProgram DnsFilter(LinkType link_type, std::span<const uint16_t> ports,
                     std::span<const uint16_t> tunnel_ports, uint32_t snap_length) {
  DnsFilterWriter writer(ports, tunnel_ports, snap_length);
  switch (link_type) {
    case LinkType::kEthernet: return writer.Ethernet();
    case LinkType::kRaw: return writer.Raw();
    default: return writer.All();
  }
}

}  // namespace rcodescope
