// What the terminal is, as TERM and the terminfo database tell.
#pragma once

#include <string>

#include <absl/status/statusor.h>

namespace rcodescope {

// The value of TERM. Unavailable: it is unset or unknown, or text cannot be placed on such a
// terminal.
absl::StatusOr<std::string> TerminalType();

}  // namespace rcodescope
