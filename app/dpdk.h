// The dpdk command: frames of DPDK's receive queues.
#pragma once

#include "app/exit_code.h"
#include "app/options.h"

namespace rcodescope {

// Starts the EAL with options.eal_arguments, opens options.dpdk_ports, and Watches (app/watch.h).
// To be called once. kUnavailable, with one line that says so, in a program that was built without
// DPDK.
ExitCode Dpdk(const Options& options);

}  // namespace rcodescope
