// The top command: a running instance in a terminal.
#pragma once

#include "app/exit_code.h"
#include "app/options.h"

namespace rcodescope {

// Shows the instance until a key or a signal ends it. With `options.once`, or where standard input
// or output is no terminal: prints one frame as plain text, of all that was counted so far, and
// ends. kUnavailable: no such frame can be had, or the terminal cannot place text.
ExitCode Top(const TopOptions& options);

}  // namespace rcodescope
