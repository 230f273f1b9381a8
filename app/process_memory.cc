#include "app/process_memory.h"

#include <fstream>
#include <sstream>
#include <string>

namespace rcodescope {

// proc(5): /proc/pid/status and /proc/pid/smaps_rollup have lines "Name:  number kB".
ProcessMemory ReadProcessMemory() {
  ProcessMemory memory;
  for (const char* path : {"/proc/self/status", "/proc/self/smaps_rollup"}) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string name;
      uint64_t kib = 0;
      words >> name >> kib;
      if (name == "RssAnon:") memory.anonymous = kib << 10;
      if (name == "RssFile:" || name == "RssShmem:") memory.shared += kib << 10;
      if (name == "VmLck:") memory.locked = kib << 10;
      if (name == "AnonHugePages:") memory.huge = kib << 10;
    }
  }
  return memory;
}

}  // namespace rcodescope
