#include "app/dpdk.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "app/fan_out.h"
#include "app/logger.h"
#include "app/watch.h"
#include "capture/dpdk.h"

namespace rcodescope {
namespace {

Logger MakeLogger(const Options& options) {
  return Logger({.level = LogLevelFromName(options.log_level).value_or(LogLevel::kInfo)});
}

// Before the first frame: what the figures will not tell, and workers that have nothing to do.
void TellLimits(const Options& options, size_t wanted, size_t queues) {
  Logger logger = MakeLogger(options);
  for (const std::string& port : UnaccountedPorts(options.dpdk_ports)) {
    logger.Log(LogLevel::kWarning, "this port's driver cannot tell how many frames were lost",
               {{"port", port}});
  }
  if (queues > 1 && queues < wanted) {
    logger.Log(LogLevel::kWarning,
               "the ports have fewer receive queues than workers were asked for",
               {{"asked", wanted}, {"workers", queues}});
  }
}

// One of `workers` threads polls the only queue, the others count.
std::unique_ptr<LiveCapture> ShareOut(std::unique_ptr<LiveCapture> capture, const Options& options,
                                      const CountingSetup& setup, size_t workers) {
  MakeLogger(options).Log(LogLevel::kInfo,
                          "the ports have one receive queue: one thread polls it and shares "
                          "frames out",
                          {{"asked", workers}, {"workers", workers - 1}});
  return std::make_unique<FanOut>(std::move(capture),
                                  FanOutOptions{.frames = setup.frames(),
                                                .ways = workers - 1,
                                                .slice = options.window_ns,
                                                .key = setup.key(),
                                                .enter = [](size_t way) { PinToEalCpu(way + 1); }});
}

absl::StatusOr<std::unique_ptr<LiveCapture>> Open(const Options& options,
                                                  const CountingSetup& setup) {
  if (const absl::Status started = StartEal(options.eal_arguments); !started.ok()) return started;
  const size_t wanted =
      options.workers > 0 ? static_cast<size_t>(options.workers) : std::max<size_t>(1, EalCpus());
  auto capture = OpenDpdk({.ports = options.dpdk_ports,
                           .queues = wanted,
                           .slice = options.window_ns,
                           .promiscuous = !options.no_promiscuous});
  if (!capture.ok()) return capture;
  const size_t queues = (*capture)->queues();
  TellLimits(options, wanted, queues);
  if (queues > 1 || wanted == 1) return capture;
  return ShareOut(*std::move(capture), options, setup, wanted);
}

}  // namespace

ExitCode Dpdk(const Options& options) {
  const ExitCode code =
      Watch(options, [&](const CountingSetup& setup) { return Open(options, setup); });
  StopEal();
  return code;
}

}  // namespace rcodescope
