#include "capture/dpdk_output.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include "absl/strings/str_join.h"

namespace rcodescope {
namespace {

// What DPDK 22.11 says when nothing is wrong.
constexpr std::array<std::string_view, 8> kGreetings = {"EAL: Detected ",
                                                        "EAL: Multi-process socket",
                                                        "EAL: Physical addresses are unavailable",
                                                        "EAL: Selected IOVA",
                                                        "EAL: VFIO support",
                                                        "EAL: Probe PCI driver",
                                                        "EAL: Using IOMMU",
                                                        "TELEMETRY: "};
constexpr std::string_view kUsage = "Usage: ";
constexpr std::string_view kFatal = "EAL: FATAL: ";  // said again without the word

bool IsGreeting(std::string_view line) {
  return line.empty() || line.starts_with(kFatal) ||
         std::any_of(kGreetings.begin(), kGreetings.end(),
                     [&](std::string_view greeting) { return line.starts_with(greeting); });
}

void Flush() {
  std::fflush(stdout);
  std::fflush(stderr);
}

}  // namespace

KeptOutput::KeptOutput() {
  Flush();
  kept_ = memfd_create("dpdk", MFD_CLOEXEC);
  out_ = dup(STDOUT_FILENO);
  error_ = dup(STDERR_FILENO);
  if (kept_ < 0) return;
  dup2(kept_, STDOUT_FILENO);
  dup2(kept_, STDERR_FILENO);
}

KeptOutput::~KeptOutput() {
  Flush();
  if (kept_ >= 0) {
    dup2(out_, STDOUT_FILENO);
    dup2(error_, STDERR_FILENO);
    close(kept_);
  }
  close(out_);
  close(error_);
}

std::string KeptOutput::Complaints() const {
  Flush();
  std::string text;
  std::array<char, 4096> piece;
  ssize_t got;
  while ((got = pread(kept_, piece.data(), piece.size(), static_cast<off_t>(text.size()))) > 0) {
    text.append(piece.data(), static_cast<size_t>(got));
  }
  return ComplaintsIn(text);
}

std::string ComplaintsIn(const std::string& text) {
  std::vector<std::string> kept;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.starts_with(kUsage)) break;
    const bool again = std::find(kept.begin(), kept.end(), line) != kept.end();
    if (!IsGreeting(line) && !again) kept.push_back(line);
  }
  return absl::StrJoin(kept, "; ");
}

}  // namespace rcodescope
