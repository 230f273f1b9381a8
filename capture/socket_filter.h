// Filters of AF_PACKET sockets: which interfaces, which of their frames.
#pragma once

#include <span>

#include "absl/status/status.h"
#include "capture/bpf_program.h"

namespace rcodescope {

// One interface's part of a socket's filter. The program is borrowed.
struct InterfaceFilter {
  int index = 0;  // the kernel's number of the interface
  // The kernel shows every frame on a loopback interface twice, on its way out and on its way in.
  // Then only the latter is taken.
  bool loopback = false;
  const BpfProgram* program = nullptr;
};

// Takes frames of the interfaces listed, of each those its program takes, and no other.
BpfProgram SelectInterfaces(std::span<const InterfaceFilter> interfaces);

// Puts the program in the place of the socket's present one, at once for every frame that comes
// from now on. Needs no privilege. InvalidArgument when the kernel refuses the program (it takes
// 4,096 instructions at most).
absl::Status AttachFilter(int socket, const BpfProgram& program);

// Takes nothing.
BpfProgram ShutProgram();

}  // namespace rcodescope
