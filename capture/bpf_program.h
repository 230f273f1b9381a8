// Classic BPF, as the kernel and libpcap take it: bpf(4), Linux networking/filter.rst.
#pragma once

#include <cstdint>
#include <vector>

namespace rcodescope {

// As the kernel's sock_filter and libpcap's bpf_insn, whose headers do not go together.
struct BpfInstruction {
  uint16_t code = 0;
  uint8_t jump_true = 0;
  uint8_t jump_false = 0;
  uint32_t k = 0;
};
static_assert(sizeof(BpfInstruction) == 8);

// Answers with the number of bytes to keep of a frame; 0 keeps none and the frame is not taken.
using BpfProgram = std::vector<BpfInstruction>;

}  // namespace rcodescope
