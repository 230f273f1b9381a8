// Live capture on Linux: packet sockets with rings, one a queue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "capture/live.h"
#include "capture/live_filter.h"
#include "capture/packet.h"

namespace rcodescope {

struct AfPacketOptions {
  std::vector<std::string> interfaces;
  size_t queues = 1;                     // at most 256
  size_t ring_bytes = size_t{64} << 20;  // of each queue
  uint32_t snap_length = 262'144;        // of a frame, at most this many bytes are kept
  bool promiscuous = true;
  bool hardware_time = false;  // the network card's, where it stamps frames: see README.md
  LiveFilter filter;
  int64_t slice = kNanosPerSecond;  // width in ns of the slices no batch may span
};

// Opens everything that needs a privilege (CAP_NET_RAW), so that it can be dropped then, and takes
// frames from now on. Each queue has the frames of all interfaces, and each frame is in one queue:
// those of one direction of a flow are together, as are those of the other, both where neither is
// in fragments, and all fragments of a datagram (PACKET_FANOUT_HASH: addresses and ports, or
// addresses alone for fragments; it looks into IP in IP and GRE, not into UDP tunnels).
//
// Times are the kernel's for each frame. A VLAN tag that the card or the kernel took out of a frame
// is in Packet::stripped. On a loopback interface, which shows each frame twice, the incoming one
// counts. An interface that is deleted and made anew is taken up again, without privileges.
//
// Of a queue's figures, `offered` and dropped[kRing] are the kernel's (PACKET_STATISTICS): frames
// that the filter kept back are in neither. dropped[kInterface] and [kNic] lie before them and are
// told by queue 0 for all interfaces and all their frames (rx_dropped, rx_missed_errors); up to a
// second old. The backlog is read from the ring, which goes on filling meanwhile: offered ==
// records + dropped[kRing] + backlog holds when nothing arrives, and after the end.
//
// A queue's batches point into its ring; what they hold is given back to the kernel by the next
// Poll.
//
// InvalidArgument also for interfaces whose frames begin with something else than an Ethernet or IP
// header; live_pcap.h reads more.
absl::StatusOr<std::unique_ptr<LiveCapture>> OpenAfPacket(AfPacketOptions options);

}  // namespace rcodescope
