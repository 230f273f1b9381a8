// The time series of a replay in the OpenMetrics text format, to be loaded into a Prometheus or
// VictoriaMetrics.
#pragma once

#include <functional>
#include <string_view>

#include "exporters/step_series.h"

namespace rcodescope {

// Where text goes, piece by piece. False: it cannot be taken, and no more is wanted.
using TextSink = std::function<bool(std::string_view)>;

// Series as the page has them, with the labels job="rcodescope" and instance="replay". By family,
// then series, then time, the times in seconds; the last line is "# EOF". False when `sink`
// refused.
bool WriteOpenMetrics(const StepSeries& series, const TextSink& sink);

}  // namespace rcodescope
