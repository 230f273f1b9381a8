// BPF programs by libpcap: from a user's expression, and run here.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "capture/bpf_program.h"
#include "capture/packet.h"

namespace rcodescope {

// Compiles a pcap-filter(7) expression for frames as the kernel shows them to a filter. With
// `interface`, which must be one of Ethernet, `vlan` also finds tags that the kernel has taken out
// of the frame; that asks libpcap to open the interface for a moment. InvalidArgument, with
// libpcap's words, when the expression does not compile.
absl::StatusOr<BpfProgram> CompileBpf(const std::string& expression, LinkType link_type,
                                      uint32_t snap_length, const char* interface = nullptr);

// Runs a program that reads nothing but a frame's bytes and length.
bool Matches(const BpfProgram& program, const Packet& packet);

}  // namespace rcodescope
