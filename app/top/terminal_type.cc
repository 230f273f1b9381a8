#include "app/top/terminal_type.h"

#include <cstdlib>
#include <cstring>

#include <absl/strings/str_cat.h>
#include <curses.h>
#include <unistd.h>
// After it; defines many common words.
#include <term.h>

namespace rcodescope {

absl::StatusOr<std::string> TerminalType() {
  const char* const term = std::getenv("TERM");
  std::string name = term == nullptr ? "" : term;
  int error = 0;
  if (name.empty() || setupterm(name.c_str(), STDOUT_FILENO, &error) == ERR) {
    return absl::UnavailableError(absl::StrCat("TERM=", name, " is no terminal that is known"));
  }
  const char* const move = tigetstr("cup");
  const bool places = move != nullptr && std::strlen(move) > 0;
  del_curterm(cur_term);
  if (!places) return absl::UnavailableError(absl::StrCat("TERM=", name, " cannot place text"));
  return name;
}

}  // namespace rcodescope
