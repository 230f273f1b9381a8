#include "app/fail.h"

#include <unistd.h>

#include "app/quote.h"

namespace rcodescope {

ExitCode Fail(ExitCode code, const std::string& what) {
  const std::string line = "rcodescope: " + Escape(what) + "\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
  return code;
}

}  // namespace rcodescope
