#include "capture/filter.h"

#include <array>
#include <utility>

#include "absl/status/status.h"
#include "capture/bpf_compiler.h"

namespace rcodescope {
namespace {

constexpr uint32_t kSnapLength = 262'144;
constexpr size_t kLinkTypes = static_cast<size_t>(LinkType::kLinuxSll2) + 1;

class BpfFilter final : public PacketFilter {
 public:
  explicit BpfFilter(std::string expression) : expression_(std::move(expression)) {}

  absl::Status CompileFor(LinkType type) {
    Program& program = programs_[static_cast<size_t>(type)];
    program.tried = true;
    auto code = CompileBpf(expression_, type, kSnapLength);
    if (!code.ok()) return code.status();
    program.code = *std::move(code);
    return absl::OkStatus();
  }

  bool Matches(const Packet& packet) override {
    Program& program = programs_[static_cast<size_t>(packet.link_type)];
    if (!program.tried) CompileFor(packet.link_type).IgnoreError();
    return !program.code.empty() && rcodescope::Matches(program.code, packet);
  }

 private:
  struct Program {
    BpfProgram code;  // empty when the expression has no meaning for the link type
    bool tried = false;
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
