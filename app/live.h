// The live command: frames of network interfaces.
#pragma once

#include "app/exit_code.h"
#include "app/options.h"

namespace rcodescope {

// Opens options.interfaces as options.capture says, and Watches (app/watch.h). CPUs that cannot be
// had are refused before that.
ExitCode Live(const Options& options);

}  // namespace rcodescope
