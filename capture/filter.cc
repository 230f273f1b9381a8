#include "capture/filter.h"

#include <array>
#include <utility>

#include <pcap/pcap.h>

#include "absl/status/status.h"

namespace rcodescope {
namespace {

constexpr int kSnapLength = 262'144;
constexpr size_t kLinkTypes = static_cast<size_t>(LinkType::kLinuxSll2) + 1;

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

class BpfFilter final : public PacketFilter {
 public:
  explicit BpfFilter(std::string expression) : expression_(std::move(expression)) {}
  BpfFilter(const BpfFilter&) = delete;
  BpfFilter& operator=(const BpfFilter&) = delete;
  ~BpfFilter() override {
    for (Program& program : programs_) {
      if (program.usable) pcap_freecode(&program.code);
    }
  }

  absl::Status CompileFor(LinkType type) {
    Program& program = programs_[static_cast<size_t>(type)];
    program.tried = true;
    const int dlt = DltOf(type);
    if (dlt < 0) return absl::InvalidArgumentError("unsupported link type");
    pcap_t* dead = pcap_open_dead(dlt, kSnapLength);
    if (dead == nullptr) return absl::ResourceExhaustedError("out of memory");
    absl::Status status;
    if (pcap_compile(dead, &program.code, expression_.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0) {
      program.usable = true;
    } else {
      status = absl::InvalidArgumentError(pcap_geterr(dead));
    }
    pcap_close(dead);
    return status;
  }

  bool Matches(const Packet& packet) override {
    Program& program = programs_[static_cast<size_t>(packet.link_type)];
    if (!program.tried) CompileFor(packet.link_type).IgnoreError();
    if (!program.usable) return false;
    pcap_pkthdr header{};
    header.caplen = packet.captured;
    header.len = packet.wire;
    return pcap_offline_filter(&program.code, &header,
                               reinterpret_cast<const u_char*>(packet.data)) != 0;
  }

 private:
  struct Program {
    bpf_program code{};
    bool tried = false;
    bool usable = false;
  };

  std::string expression_;
  std::array<Program, kLinkTypes> programs_{};
};

}  // namespace

absl::StatusOr<std::unique_ptr<PacketFilter>> PacketFilter::Compile(const std::string& expression) {
  auto filter = std::make_unique<BpfFilter>(expression);
  if (absl::Status status = filter->CompileFor(LinkType::kEthernet); !status.ok()) return status;
  return filter;
}

}  // namespace rcodescope
