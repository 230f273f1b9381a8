// Programs of others that a replay makes use of.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace rcodescope {

struct ChildResult {
  int status = -1;     // its exit status, 128 + N after signal N; -1: it could not be run
  std::string output;  // standard output and standard error, or why it could not be run
};

// Runs `words`, the first found on PATH, with `input` as its standard input, and waits for its end.
// Standard input and what it prints are held in memory. `stops` is asked several times a second:
// once it is true the child gets SIGTERM.
ChildResult RunChild(const std::vector<std::string>& words, const std::string& input = {},
                     const std::function<bool()>& stops = {});

}  // namespace rcodescope
