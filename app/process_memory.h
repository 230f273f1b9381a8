// What memory this process has, as the kernel counts it.
#pragma once

#include <cstdint>

namespace rcodescope {

// Bytes in memory; all 0 where /proc cannot be read.
struct ProcessMemory {
  uint64_t anonymous = 0;  // of its own, huge pages included
  uint64_t shared = 0;     // of files, programs and memory shared with others
  uint64_t locked = 0;     // of these, what may not be moved out
  uint64_t huge = 0;       // of the anonymous memory, what is on huge pages
};

ProcessMemory ReadProcessMemory();

}  // namespace rcodescope
