// A replay's series and their values as Prometheus writes them.
#pragma once

#include <string>
#include <string_view>

#include "exporters/step_series.h"

namespace rcodescope {

// Of label values and help texts: backslash, quote and newline escaped (OpenMetrics 1.0, PromQL).
std::string EscapedText(std::string_view text);

// `name{job="rcodescope",instance="replay",…}`.
std::string SeriesText(std::string_view name, const StepSeries::Labels& labels);

// The shortest number that is this one; a whole one, as long as it is exact, without an exponent.
std::string ValueText(double value);

}  // namespace rcodescope
