// The program.
#pragma once

namespace rcodescope {

// Reads the command line, carries it out, prints. Answers with the exit status (exit_code.h).
int Run(int argc, const char* const* argv);

}  // namespace rcodescope
