// Filters of AF_PACKET sockets: which interfaces, which of their frames.
#pragma once

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "capture/bpf_program.h"

namespace rcodescope {

// One interface's part of a socket's filter. The program is borrowed.
struct InterfaceFilter {
  int index = 0;  // the kernel's number of the interface
  bool loopback = false;
  const BpfProgram* program = nullptr;
};

// The program, but that of the loopback interface, which the kernel shows every frame twice of,
// only incoming frames are taken.
BpfProgram OnceOnLoopback(int loopback_index, const BpfProgram& program);

// Takes frames of the interfaces listed, of each those its program takes, and no other.
BpfProgram SelectInterfaces(std::span<const InterfaceFilter> interfaces);

// Puts the program in the place of the socket's present one, at once for every frame that comes
// from now on. Needs no privilege. InvalidArgument when the kernel refuses the program (it takes
// 4,096 instructions at most).
absl::Status AttachFilter(int socket, const BpfProgram& program);

// Takes nothing.
BpfProgram ShutProgram();
// Takes everything.
BpfProgram PassAllProgram(uint32_t snap_length);

}  // namespace rcodescope
