// What is to be known of DPDK's drivers, one line each.
#pragma once

#include <cstdint>
#include <string_view>

namespace rcodescope {

struct DpdkDriver {
  std::string_view name;
  // Which of rte_eth_stats mean lost frames. Measured with DPDK 22.11 where the driver needs no
  // card: net_af_packet and net_af_xdp tell of no loss while they lose nine in ten.
  bool missed;   // imissed: the card, or the kernel in its place, had no room
  bool no_mbuf;  // rx_nombuf: our buffer pool was empty
  bool errors;   // ierrors: damaged frames. net_pcap counts polls of an interface that is down
  // The number of queues is fixed when the device is made, and each gets frames, polled or not.
  bool fixed_queues;
  int64_t tick;  // ns in one unit of its mbufs' time stamps
};

// The driver's line; that of a card for those that have none.
const DpdkDriver& DriverNamed(std::string_view name);

}  // namespace rcodescope
