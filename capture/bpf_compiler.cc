#include "capture/bpf_compiler.h"

#include <array>
#include <cstddef>
#include <memory>
#include <span>

#include <pcap/pcap.h>

#include "absl/strings/str_cat.h"
namespace rcodescope {
namespace {

// libpcap's number of a framing: the DLT_ values of pcap_open_dead, not the file's.
int DltOf(LinkType type) {
  switch (type) {
    case LinkType::kEthernet: return DLT_EN10MB;
    case LinkType::kNull: return DLT_NULL;
    case LinkType::kLoop: return DLT_LOOP;
    case LinkType::kPpp: return DLT_PPP;
    case LinkType::kRaw: return DLT_RAW;
    case LinkType::kIpv4: return DLT_IPV4;
    case LinkType::kIpv6: return DLT_IPV6;
    case LinkType::kLinuxSll: return DLT_LINUX_SLL;
    case LinkType::kLinuxSll2: return DLT_LINUX_SLL2;
    case LinkType::kUnsupported: break;
  }
  return -1;
}

static_assert(sizeof(BpfInstruction) == sizeof(bpf_insn));
static_assert(offsetof(BpfInstruction, jump_true) == offsetof(bpf_insn, jt));
static_assert(offsetof(BpfInstruction, jump_false) == offsetof(bpf_insn, jf));
static_assert(offsetof(BpfInstruction, k) == offsetof(bpf_insn, k));

struct Close {
  void operator()(pcap_t* handle) const { pcap_close(handle); }
};
using Handle = std::unique_ptr<pcap_t, Close>;

// Only a handle of a living interface makes libpcap look beside the bytes for VLAN tags.
absl::StatusOr<Handle> OpenFor(const char* interface, LinkType link_type, uint32_t snap_length) {
  if (interface == nullptr) {
    const int dlt = DltOf(link_type);
    if (dlt < 0) return absl::InvalidArgumentError("unsupported link type");
    Handle dead(pcap_open_dead(dlt, static_cast<int>(snap_length)));
    if (dead == nullptr) return absl::UnavailableError("out of memory");
    return dead;
  }
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  Handle live(pcap_create(interface, error.data()));
  if (live == nullptr) return absl::UnavailableError(error.data());
  pcap_set_snaplen(live.get(), static_cast<int>(snap_length));
  if (pcap_activate(live.get()) < 0) {
    return absl::UnavailableError(
        absl::StrCat("libpcap cannot open ", interface, ": ", pcap_geterr(live.get())));
  }
  return live;
}

}  // namespace

absl::StatusOr<BpfProgram> CompileBpf(const std::string& expression, LinkType link_type,
                                      uint32_t snap_length, const char* interface) {
  const auto handle = OpenFor(interface, link_type, snap_length);
  if (!handle.ok()) return handle.status();
  bpf_program code{};
  if (pcap_compile(handle->get(), &code, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    return absl::InvalidArgumentError(pcap_geterr(handle->get()));
  }
  BpfProgram program;
  for (const bpf_insn& step : std::span(code.bf_insns, code.bf_len)) {
    program.push_back({step.code, step.jt, step.jf, step.k});
  }
  pcap_freecode(&code);
  return program;
}

bool Matches(const BpfProgram& program, const Packet& packet) {
  return bpf_filter(reinterpret_cast<const bpf_insn*>(program.data()),
                    reinterpret_cast<const u_char*>(packet.data), packet.wire,
                    packet.captured) != 0;
}

}  // namespace rcodescope
