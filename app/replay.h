// The replay command: capture files in, reports and a metrics page out.
#pragma once

#include "app/exit_code.h"
#include "app/options.h"

namespace rcodescope {

// Replays options.files, writes the reports and, with --listen, serves until SIGINT or SIGTERM.
// Prints: reports where the options say, errors, log and progress on standard error. To be called
// once, while the process has one thread.
ExitCode Replay(const Options& options);

}  // namespace rcodescope
