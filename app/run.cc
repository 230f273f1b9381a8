#include "app/run.h"

#include <cstdio>

#include "app/config_file.h"
#include "app/dpdk.h"
#include "app/explain.h"
#include "app/live.h"
#include "app/options.h"
#include "app/replay.h"
#include "app/top/top.h"
#include "app/version.h"

namespace rcodescope {
namespace {

int Print(const Outcome& outcome) {
  std::fputs(outcome.text.c_str(), outcome.exit_code == ExitCode::kDone ? stdout : stderr);
  return static_cast<int>(outcome.exit_code);
}

}  // namespace

int Run(int argc, const char* const* argv) {
  const ParseResult parsed = ParseCommandLine(argc, argv);
  if (!parsed.options.has_value()) return Print(parsed.outcome);
  switch (parsed.options->command) {
    case Command::kVersion:
      return Print({ExitCode::kDone, std::string("rcodescope ") + kVersion + "\n"});
    case Command::kCheckConfig: return Print(CheckConfig(parsed.options->config));
    case Command::kExplain: return Print(Explain(parsed.options->explain));
    case Command::kTop: return static_cast<int>(Top(parsed.options->top_view));
    case Command::kReplay: return static_cast<int>(Replay(*parsed.options));
    case Command::kLive: return static_cast<int>(Live(*parsed.options));
    case Command::kDpdk: return static_cast<int>(Dpdk(*parsed.options));
  }
  return 0;
}

}  // namespace rcodescope
