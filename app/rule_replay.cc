#include "app/rule_replay.h"

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "app/fail.h"
#include "app/promtool.h"
#include "app/rule_groups.h"
#include "exporters/rule_test.h"

namespace rcodescope {
namespace {

ExitCode FailRules(ExitCode code, const std::string& why) { return Fail(code, "--rules: " + why); }

}  // namespace

ExitCode CheckRules(const Options& options) {
  for (const std::string& file : options.rules) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) {
      return FailRules(ExitCode::kNoInput, file + " is no file");
    }
    const ChildResult done = RunPromtool({"check", "rules", file});
    if (done.status < 0) return FailRules(ExitCode::kUnavailable, WhyPromtoolFailed(done));
    if (done.status > 0) {
      return FailRules(ExitCode::kBadData, file + ": " + WhyPromtoolFailed(done));
    }
  }
  return ExitCode::kDone;
}

ExitCode ReplayRules(const StepSeries& series, const Options& options, Signals& signals,
                     std::optional<AlertHistory>& alerts) {
  if (options.rules.empty()) return ExitCode::kDone;
  RuleFiles rules;
  for (const std::string& file : options.rules) {
    std::error_code error;
    rules.paths.push_back(std::filesystem::absolute(file, error).string());
    const auto groups = RuleGroups(file);
    if (!groups.ok()) {
      return FailRules(ExitCode::kBadData, file + ": " + std::string(groups.status().message()));
    }
    rules.groups.insert(rules.groups.end(), groups->begin(), groups->end());
  }
  const auto stops = [&] { return signals.Wait(0) == Signals::Event::kSignal; };
  const ChildResult done =
      RunPromtool({"test", "rules", "/dev/stdin"}, RuleTest(series, rules), stops);
  if (done.status != 0 && done.status != 1) {  // 1: there were alerts
    return FailRules(ExitCode::kUnavailable, WhyPromtoolFailed(done));
  }
  auto history = ReadRuleTest(done.output, series);
  if (!history.ok()) {
    return FailRules(ExitCode::kBadData, "promtool: " + std::string(history.status().message()));
  }
  alerts = *std::move(history);
  return ExitCode::kDone;
}

}  // namespace rcodescope
