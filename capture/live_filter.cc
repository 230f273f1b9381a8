#include "capture/live_filter.h"

#include "absl/strings/str_cat.h"
#include "capture/bpf_compiler.h"
#include "capture/dns_filter.h"

namespace rcodescope {

absl::StatusOr<BpfProgram> CompileFilter(const LiveFilter& filter, LinkType link_type,
                                         uint32_t snap_length, const char* interface) {
  if (!filter.expression.empty()) {
    return CompileBpf(filter.expression, link_type, snap_length, interface);
  }
  std::vector<uint16_t> ports = filter.dns_ports;
  ports.insert(ports.end(), filter.other_ports.begin(), filter.other_ports.end());
  return DnsFilter(link_type, ports, filter.tunnel_ports, snap_length);
}

}  // namespace rcodescope
