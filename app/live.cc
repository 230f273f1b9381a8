#include "app/live.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "app/cpus.h"
#include "app/fail.h"
#include "app/memory_plan.h"
#include "app/quote.h"
#include "app/watch.h"
#include "capture/af_packet.h"
#include "capture/filter.h"
#include "capture/live_pcap.h"

namespace rcodescope {
namespace {

using Opened = absl::StatusOr<std::unique_ptr<LiveCapture>>;

size_t ChooseQueues(const Options& options) {
  if (options.workers > 0) return static_cast<size_t>(options.workers);
  if (!options.cpus.empty()) return options.cpus.size();
  return WorkersFor(options.memory, std::max(1U, std::thread::hardware_concurrency()));
}

LiveFilter FilterOf(const Options& options, const CountingSetup& setup) {
  LiveFilter filter{.expression = options.filter, .dns_ports = setup.dns_ports()};
  filter.tunnel_ports.insert(filter.tunnel_ports.end(), setup.vxlan_ports().begin(),
                             setup.vxlan_ports().end());
  return filter;
}

Opened OpenWithPacketSockets(const Options& options, const CountingSetup& setup) {
  return OpenAfPacket({.interfaces = options.interfaces,
                       .queues = ChooseQueues(options),
                       .ring_bytes = options.ring_size,
                       .snap_length = options.snap_length,
                       .promiscuous = !options.no_promiscuous,
                       .filter = FilterOf(options, setup),
                       .slice = options.window_ns});
}

Opened OpenWithLibpcap(const Options& options, const CountingSetup& setup) {
  if (options.interfaces.size() > 1) {
    return absl::InvalidArgumentError("--capture pcap listens on one interface only");
  }
  if (std::max<size_t>(static_cast<size_t>(options.workers), options.cpus.size()) > 1) {
    return absl::InvalidArgumentError("--capture pcap feeds one worker only");
  }
  return OpenLivePcap({.interface = options.interfaces.front(),
                       .buffer_bytes = options.ring_size,
                       .snap_length = options.snap_length,
                       .promiscuous = !options.no_promiscuous,
                       .filter = FilterOf(options, setup),
                       .slice = options.window_ns});
}

struct CaptureKind {
  std::string_view name;  // as --capture has it
  Opened (*open)(const Options& options, const CountingSetup& setup);
};

constexpr CaptureKind kKinds[] = {{"af_packet", OpenWithPacketSockets}, {"pcap", OpenWithLibpcap}};

Opened Open(const Options& options, const CountingSetup& setup) {
  const CaptureKind* const kind =
      std::find_if(std::begin(kKinds), std::end(kKinds),
                   [&](const CaptureKind& candidate) { return candidate.name == options.capture; });
  Opened opened = kind->open(options, setup);
  const bool filter_is_wrong = absl::IsInvalidArgument(opened.status()) &&
                               !options.filter.empty() &&
                               !PacketFilter::Compile(options.filter).ok();
  if (!filter_is_wrong) return opened;
  return absl::InvalidArgumentError(
      absl::StrCat("filter ", Quote(options.filter), ": ", opened.status().message()));
}

}  // namespace

ExitCode Live(const Options& options) {
  const absl::Status cpus = CheckCpus(options.cpus, static_cast<size_t>(options.workers));
  if (!cpus.ok()) return Fail(ExitCode::kUsage, "--cpus: " + std::string(cpus.message()));
  return Watch(options, [&](const CountingSetup& setup) { return Open(options, setup); });
}

}  // namespace rcodescope
