// How the program ends: the codes of sysexits(3), of which scripts may rely on these.
#pragma once

#include <string>

namespace rcodescope {

enum class ExitCode : int {
  kDone = 0,
  kUsage = 64,         // unknown option, bad value, missing argument
  kBadData = 65,       // input is damaged; what could be read was reported
  kNoInput = 66,       // an input does not exist or cannot be read
  kUnavailable = 69,   // an output cannot be had: the HTTP port is taken, a push target is gone
  kOsError = 71,       // the system refused memory, a thread, a descriptor
  kCannotCreate = 73,  // an output file cannot be created or written
  kNoPermission = 77,  // capturing needs a capability the process lacks
  kConfig = 78,        // the configuration file is missing or wrong
};

// A verdict with its words: what a subcommand leaves for main to print. `text` ends in a newline;
// it belongs on standard output when `exit_code` is kDone, else on standard error.
struct Outcome {
  ExitCode exit_code = ExitCode::kDone;
  std::string text;
};

}  // namespace rcodescope
