// Which frames a live capture takes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "capture/bpf_program.h"
#include "capture/packet.h"

namespace rcodescope {

struct LiveFilter {
  // In the words of pcap-filter(7); it alone decides, so that `port 53` misses later fragments and
  // what is in tunnels. Empty: DnsFilter of dns_filter.h for all of these ports.
  std::string expression;
  std::vector<uint16_t> dns_ports = {53};
  // What a decoder tells apart from other ports: DNS over TLS, multicast DNS, LLMNR; and opens:
  // GTP-U, Teredo, VXLAN, VXLAN-GPE, Geneve.
  std::vector<uint16_t> other_ports = {853, 5353, 5355};
  std::vector<uint16_t> tunnel_ports = {2152, 3544, 4789, 4790, 6081};
};

// `interface`: see CompileBpf. InvalidArgument when the expression does not compile.
absl::StatusOr<BpfProgram> CompileFilter(const LiveFilter& filter, LinkType link_type,
                                         uint32_t snap_length, const char* interface);

}  // namespace rcodescope
