#include "capture/socket_filter.h"

#include <cerrno>
#include <system_error>

#include <linux/filter.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include "absl/strings/str_cat.h"

namespace rcodescope {
namespace {

constexpr uint16_t kLoadWord = BPF_LD | BPF_W | BPF_ABS;
constexpr uint16_t kEqual = BPF_JMP | BPF_JEQ | BPF_K;
constexpr uint16_t kReturn = BPF_RET | BPF_K;

// A field of the kernel's beside the bytes of the frame.
constexpr uint32_t Beside(int field) { return static_cast<uint32_t>(SKF_AD_OFF + field); }

}  // namespace

BpfProgram OnceOnLoopback(int loopback_index, const BpfProgram& program) {
  BpfProgram whole = {{kLoadWord, 0, 0, Beside(SKF_AD_IFINDEX)},
                      {kEqual, 0, 3, static_cast<uint32_t>(loopback_index)},
                      {kLoadWord, 0, 0, Beside(SKF_AD_PKTTYPE)},
                      {kEqual, 0, 1, PACKET_OUTGOING},
                      {kReturn, 0, 0, 0}};
  whole.insert(whole.end(), program.begin(), program.end());
  return whole;
}

BpfProgram SelectInterfaces(std::span<const InterfaceFilter> interfaces) {
  BpfProgram all;
  for (const InterfaceFilter& interface : interfaces) {
    const BpfProgram part = interface.loopback ? OnceOnLoopback(interface.index, *interface.program)
                                               : *interface.program;
    all.push_back({kLoadWord, 0, 0, Beside(SKF_AD_IFINDEX)});
    all.push_back({kEqual, 1, 0, static_cast<uint32_t>(interface.index)});
    all.push_back({BPF_JMP | BPF_JA, 0, 0, static_cast<uint32_t>(part.size())});
    all.insert(all.end(), part.begin(), part.end());
  }
  all.push_back({kReturn, 0, 0, 0});
  return all;
}

BpfProgram ShutProgram() { return {{kReturn, 0, 0, 0}}; }

BpfProgram PassAllProgram(uint32_t snap_length) { return {{kReturn, 0, 0, snap_length}}; }

absl::Status AttachFilter(int socket, const BpfProgram& program) {
  if (program.size() > BPF_MAXINSNS) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the filter has ", program.size(), " instructions; the kernel takes ", BPF_MAXINSNS));
  }
  std::vector<sock_filter> code;
  for (const BpfInstruction& step : program) {
    code.push_back({step.code, step.jump_true, step.jump_false, step.k});
  }
  const sock_fprog argument = {static_cast<unsigned short>(code.size()), code.data()};
  if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &argument, sizeof(argument)) == 0) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("the kernel refused the filter: ", std::generic_category().message(errno)));
}

}  // namespace rcodescope
