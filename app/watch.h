// What all live commands do, whatever their frames come from.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "app/counting_setup.h"
#include "app/exit_code.h"
#include "app/options.h"
#include "capture/live.h"

namespace rcodescope {

// Opens the capture with everything that takes rights; the process gives them up afterwards. A
// failure is told under the exit code of its status: NotFound kNoInput, PermissionDenied
// kNoPermission, InvalidArgument kUsage, others kOsError.
using CaptureOpener =
    std::function<absl::StatusOr<std::unique_ptr<LiveCapture>>(const CountingSetup& setup)>;

// Counts what the capture gives until SIGINT or SIGTERM, serves the metrics page, then writes the
// reports. Tells the service manager, if there is one (app/service_notifier.h). Prints: reports
// where the options say, errors and log on standard error. Everything that can be refused is tried
// before the first frame is counted. To be called once, while the process has one thread but for
// those of `open`.
ExitCode Watch(const Options& options, const CaptureOpener& open);

}  // namespace rcodescope
