// Which CPUs the workers of a live capture run on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/status.h"

namespace rcodescope {

// InvalidArgument, with the reason, when `cpus` are not enough for `workers` (0: as many as there
// are CPUs), or when this process may not use one of them, as sched_getaffinity(2) tells. None at
// all are fine.
absl::Status CheckCpus(std::span<const uint16_t> cpus, size_t workers);

// Keeps the calling thread on this CPU. Where the system refuses, which it does when the CPU was
// taken away after CheckCpus, the thread stays where it may run.
void PinThread(uint16_t cpu);

}  // namespace rcodescope
