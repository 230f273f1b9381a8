// One thing that is wrong with a configuration file.
#pragma once

#include <cstdint>
#include <string>

namespace rcodescope {

struct ConfigProblem {
  uint32_t line = 0;    // from 1; 0: the file as a whole, which then has no column either
  uint32_t column = 0;  // from 1
  std::string what;     // with what is allowed, where that can be said
  bool operator==(const ConfigProblem&) const = default;
};

}  // namespace rcodescope
