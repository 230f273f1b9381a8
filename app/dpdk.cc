#include "app/dpdk.h"

#include <algorithm>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "app/logger.h"
#include "app/watch.h"
#include "capture/dpdk.h"

namespace rcodescope {
namespace {

// Before the first frame: what the figures will not tell, and workers that have nothing to do.
void TellLimits(const Options& options, size_t wanted, size_t queues) {
  Logger logger({.level = LogLevelFromName(options.log_level).value_or(LogLevel::kInfo)});
  for (const std::string& port : UnaccountedPorts(options.dpdk_ports)) {
    logger.Log(LogLevel::kWarning, "this port's driver cannot tell how many frames were lost",
               {{"port", port}});
  }
  if (queues < wanted) {
    logger.Log(LogLevel::kWarning,
               "the ports have fewer receive queues than workers were asked for",
               {{"asked", wanted}, {"workers", queues}});
  }
}

absl::StatusOr<std::unique_ptr<LiveCapture>> Open(const Options& options) {
  if (const absl::Status started = StartEal(options.eal_arguments); !started.ok()) return started;
  const size_t wanted =
      options.workers > 0 ? static_cast<size_t>(options.workers) : std::max<size_t>(1, EalCpus());
  auto capture = OpenDpdk({.ports = options.dpdk_ports,
                           .queues = wanted,
                           .slice = options.window_ns,
                           .promiscuous = !options.no_promiscuous});
  if (capture.ok()) TellLimits(options, wanted, (*capture)->queues());
  return capture;
}

}  // namespace

ExitCode Dpdk(const Options& options) {
  const ExitCode code = Watch(options, [&](const CountingSetup&) { return Open(options); });
  StopEal();
  return code;
}

}  // namespace rcodescope
