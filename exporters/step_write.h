// The time series of a replay as samples to be sent.
#pragma once

#include "exporters/step_series.h"
#include "exporters/write_request.h"

namespace rcodescope {

// All samples that WriteOpenMetrics writes, in order of time, then of series. A series that does
// not last to the last step ends a step behind its last sample, the others 1 ms behind theirs.
void WriteSteps(const StepSeries& series, const CommonLabels& common, WriteRequestMaker& requests);

}  // namespace rcodescope
