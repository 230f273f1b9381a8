// --rules: what alert rules would have made of a replay, as Prometheus evaluates them.
#pragma once

#include <optional>

#include "app/exit_code.h"
#include "app/options.h"
#include "app/signals.h"
#include "exporters/alert_history.h"
#include "exporters/step_series.h"

namespace rcodescope {

// Has promtool read the rules. Says what is wrong, and answers with kNoInput for a file that is not
// there, kBadData for one that has no rules, kUnavailable without promtool.
ExitCode CheckRules(const Options& options);

// Has promtool evaluate them at every step; a signal ends it. `alerts` stays empty where --rules
// names none. Says what fails, and answers with kBadData for a rule that cannot be evaluated, else
// as CheckRules.
ExitCode ReplayRules(const StepSeries& series, const Options& options, Signals& signals,
                     std::optional<AlertHistory>& alerts);

}  // namespace rcodescope
