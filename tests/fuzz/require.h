// What a target asserts: in every build, with a line that says what was wrong.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace rcodescope {

inline void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace rcodescope
