// Receive queues of DPDK ports as live inputs: one queue a worker, frames counted where they lie.
//
// DPDK's environment (EAL) is the process's, so it is started apart and once:
//
//   absl::Status started = StartEal({"-l", "1-4", "-a", "0000:3b:00.0"});
//   auto capture = OpenDpdk({.queues = 4});
//
// Time. A frame has the time stamp of its card where that lies within kTrusted of the machine's
// clock; free-running counters and replayed files do not, and their frames have the time at which
// their burst was received.
//
// Queues. Ports that hash are given a symmetric RSS key: both directions of a flow, and all
// fragments of a datagram, come to one queue. A port that has fewer queues than are asked for
// limits them for all ports, so that a flow seen on two ports stays with one worker; whoever wants
// more workers than one queue shares it out by flow (app/fan_out.h).
//
// Losses. Stage nic is imissed, interface is ierrors, ring is rx_nombuf, and `offered` is what came
// behind nic and interface: ipackets and rx_nombuf. What a port's driver can say of losses is in
// dpdk_driver.h; of a figure that it cannot know there is none. The figures are those of whole
// ports and stand with queue 0; sum all queues before comparing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "capture/live.h"
#include "capture/packet.h"

namespace rcodescope {

// Starts the EAL with the arguments of its command line, which DPDK describes. Call it once, from
// one thread, before others write to standard output or error: what DPDK writes there meanwhile is
// kept back and, where it tells why something failed, becomes the status. The calling thread keeps
// its CPUs. InvalidArgument: an argument, a device or its parameters are wrong; PermissionDenied;
// Unavailable: anything else, no hugepages for one.
absl::Status StartEal(std::span<const std::string> arguments);

// Gives back what the EAL holds; nothing where it was not started. Every capture must be gone. It
// cannot be started again.
void StopEal();

// CPUs given to the EAL (-l, --lcores, -c), which is how many workers it is meant for.
size_t EalCpus();

// The calling thread runs on the EAL CPU of this place in the order in which they were given, from
// 0; where there are fewer, nothing changes.
void PinToEalCpu(size_t place);

struct DpdkOptions {
  std::vector<uint16_t> ports;      // empty: all there are
  size_t queues = 1;                // workers there are to feed
  int64_t slice = kNanosPerSecond;  // width in ns of the slices no batch may span
  bool promiscuous = true;
  uint16_t descriptors = 4096;  // of each queue, brought within the card's limits
};

// A card's time stamp farther than this from the machine's clock is not one of that clock.
inline constexpr std::chrono::nanoseconds kTrusted = std::chrono::seconds(1);

// Configures and starts the ports. The first Poll of a queue pins its thread to the queue's EAL
// CPU, in the order in which they were given. NotFound: no ports, or not this one; InvalidArgument:
// a port listed twice; Unavailable: the driver refused.
//
// Stop lets each queue be polled until it is found empty, or for 200 ms. Where a sender goes on
// meanwhile, its frames are taken until then: ports have no valve. Destroy it after the threads
// that poll.
absl::StatusOr<std::unique_ptr<LiveCapture>> OpenDpdk(const DpdkOptions& options);

// Those of the ports whose drivers cannot say how many frames were lost, as "eth0 (net_af_packet)";
// of all ports if none are named.
std::vector<std::string> UnaccountedPorts(std::span<const uint16_t> ports);

}  // namespace rcodescope
