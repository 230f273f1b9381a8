// Why the program ends, as one line on standard error.
#pragma once

#include <string>

#include "app/exit_code.h"

namespace rcodescope {

// Prints "rcodescope: what", made safe for a terminal. Answers with `code`.
ExitCode Fail(ExitCode code, const std::string& what);

}  // namespace rcodescope
