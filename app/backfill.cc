#include "app/backfill.h"

#include <filesystem>
#include <string>
#include <system_error>

#include <unistd.h>

#include "app/fail.h"
#include "app/promtool.h"
#include "exporters/file_writer.h"
#include "exporters/open_metrics.h"

namespace rcodescope {
namespace {

absl::Status WriteTo(const std::string& path, const StepSeries& series) {
  return WriteWhole(path, [&](const ContentSink& sink) { return WriteOpenMetrics(series, sink); });
}

ExitCode IntoPrometheus(const StepSeries& series, const std::string& folder) {
  const std::string file = folder + "/rcodescope-" + std::to_string(getpid()) + ".openmetrics";
  const absl::Status written = WriteTo(file, series);
  if (!written.ok()) {
    return Fail(ExitCode::kCannotCreate,
                "--into-prometheus " + folder + ": " + std::string(written.message()));
  }
  const ChildResult done = RunPromtool({"tsdb", "create-blocks-from", "openmetrics", file, folder});
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  if (done.status == 0) return ExitCode::kDone;
  return Fail(ExitCode::kUnavailable,
              "--into-prometheus " + folder + ": " + WhyPromtoolFailed(done));
}

}  // namespace

ExitCode WriteBackfill(const StepSeries& series, const Options& options) {
  ExitCode code = ExitCode::kDone;
  if (!options.openmetrics.empty()) {
    const absl::Status written = WriteTo(options.openmetrics, series);
    if (!written.ok()) code = Fail(ExitCode::kCannotCreate, std::string(written.message()));
  }
  if (options.into_prometheus.empty()) return code;
  const ExitCode loaded = IntoPrometheus(series, options.into_prometheus);
  return code == ExitCode::kDone ? loaded : code;
}

}  // namespace rcodescope
