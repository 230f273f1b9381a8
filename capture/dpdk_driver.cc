#include "capture/dpdk_driver.h"

#include <algorithm>
#include <array>

namespace rcodescope {
namespace {

constexpr DpdkDriver kCard = {"", true, true, true, false, 1};

// name, missed, no_mbuf, errors, fixed_queues, tick
constexpr std::array kDrivers = {
    DpdkDriver{"net_af_packet", false, false, false, true, 1},
    DpdkDriver{"net_af_xdp", false, false, false, true, 1},
    DpdkDriver{"net_memif", false, false, false, false, 1},
    DpdkDriver{"net_null", true, true, true, false, 1},
    DpdkDriver{"net_pcap", true, true, false, true, 1000},
    DpdkDriver{"net_ring", false, false, false, true, 1},
    DpdkDriver{"net_tap", false, false, false, false, 1},
    DpdkDriver{"net_vhost", false, false, false, false, 1},
    DpdkDriver{"net_virtio", false, false, false, false, 1},
    DpdkDriver{"net_virtio_user", false, false, false, false, 1},
};

}  // namespace

const DpdkDriver& DriverNamed(std::string_view name) {
  const auto* found = std::find_if(kDrivers.begin(), kDrivers.end(),
                                   [&](const DpdkDriver& driver) { return driver.name == name; });
  return found == kDrivers.end() ? kCard : *found;
}

}  // namespace rcodescope
