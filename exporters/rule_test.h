// A replay's series put before Prometheus's own evaluation of alert rules: the input of
// `promtool test rules`, and what it answers.
//
// promtool evaluates groups in order, step by step, with `for` and `keep_firing_for`, as Prometheus
// does, so that rules may build on each other and on what they recorded before. It has no way to
// print alerts; but a test that expects no series ALERTS at a step fails with those there are.
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "exporters/alert_history.h"
#include "exporters/step_series.h"

namespace rcodescope {

struct RuleFiles {
  std::vector<std::string> paths;   // absolute
  std::vector<std::string> groups;  // their names in the order of evaluation
};

// The test's text (JSON, which is YAML). promtool's time begins at 0: that
// is where the first sample stands, and metrics that are times (`…_timestamp_seconds`) are set back
// by as much. `up` is 1, as after a scrape. All groups are
// evaluated at every step, whatever `interval` they have.
std::string RuleTest(const StepSeries& series, const RuleFiles& rules);

// What `promtool test rules` printed for the same series. InvalidArgument with the line that tells
// of something else than alerts: a rule that cannot be evaluated.
absl::StatusOr<AlertHistory> ReadRuleTest(const std::string& printed, const StepSeries& series);

}  // namespace rcodescope
