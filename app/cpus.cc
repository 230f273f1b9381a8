#include "app/cpus.h"

#include <cerrno>
#include <cstring>

#include <pthread.h>
#include <sched.h>

#include "absl/strings/str_cat.h"

namespace rcodescope {

absl::Status CheckCpus(std::span<const uint16_t> cpus, size_t workers) {
  if (cpus.empty()) return absl::OkStatus();
  if (cpus.size() < workers) {
    return absl::InvalidArgumentError(
        absl::StrCat("fewer CPUs (", cpus.size(), ") than workers (", workers, ")"));
  }
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot tell which CPUs there are: ", std::strerror(errno)));
  }
  for (const uint16_t cpu : cpus) {
    if (!CPU_ISSET(cpu, &allowed)) {
      return absl::InvalidArgumentError(
          absl::StrCat("CPU ", cpu, " is not there, or not this process's to use"));
    }
  }
  return absl::OkStatus();
}

void PinThread(uint16_t cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

}  // namespace rcodescope
