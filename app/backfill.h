// Where the time series of a replay go.
#pragma once

#include "app/exit_code.h"
#include "app/options.h"
#include "exporters/step_series.h"

namespace rcodescope {

// Writes --openmetrics, and puts the series into the storage that --into-prometheus names, by
// promtool. Says what fails, and answers with kCannotCreate, or kUnavailable where it was promtool.
ExitCode WriteBackfill(const StepSeries& series, const Options& options);

}  // namespace rcodescope
