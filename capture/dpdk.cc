#include "capture/dpdk.h"

#include <algorithm>
#include <array>
#include <utility>

#include <rte_ethdev.h>

#include "absl/strings/str_cat.h"
#include "capture/dpdk_driver.h"
#include "capture/dpdk_output.h"
#include "capture/dpdk_port.h"
#include "capture/dpdk_queue.h"

namespace rcodescope {
namespace {

class DpdkCapture final : public LiveCapture {
 public:
  DpdkCapture(std::vector<std::unique_ptr<DpdkPort>> ports, size_t queues, int64_t slice)
      : ports_(std::move(ports)) {
    for (size_t i = 0; i < queues; ++i) {
      const DpdkQueueOptions options{
          .ports = &ports_, .index = i, .queues = queues, .slice = slice};
      queues_.push_back(std::make_unique<DpdkQueue>(options, run_));
    }
  }

  size_t queues() const override { return queues_.size(); }
  PacketSource& queue(size_t index) override { return *queues_[index]; }
  void Stop() override { run_.stopping.store(true); }
  std::vector<InterfaceStatus> interfaces() const override {
    std::vector<InterfaceStatus> all;
    for (const auto& port : ports_) all.push_back(port->Status());
    return all;
  }

 private:
  std::vector<std::unique_ptr<DpdkPort>> ports_;
  DpdkRun run_;
  std::vector<std::unique_ptr<DpdkQueue>>
      queues_;  // gone before the ports, whose buffers they hold
};

std::vector<uint16_t> AllPorts() {
  std::vector<uint16_t> ports;
  for (uint16_t port = 0; port < RTE_MAX_ETHPORTS; ++port) {
    if (rte_eth_dev_is_valid_port(port) == 1) ports.push_back(port);
  }
  return ports;
}

absl::StatusOr<std::vector<uint16_t>> ChoosePorts(const DpdkOptions& options) {
  std::vector<uint16_t> ports = options.ports.empty() ? AllPorts() : options.ports;
  if (ports.empty()) {
    return absl::NotFoundError(
        "DPDK has no ports: bind a card to vfio-pci and name it with -a, or make one with --vdev");
  }
  std::vector<uint16_t> sorted = ports;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    return absl::InvalidArgumentError("a port is named twice");
  }
  return ports;
}

}  // namespace

absl::StatusOr<std::unique_ptr<LiveCapture>> OpenDpdk(const DpdkOptions& options) {
  const auto chosen = ChoosePorts(options);
  if (!chosen.ok()) return chosen.status();
  size_t queues = options.queues;
  for (const uint16_t id : *chosen) {
    const size_t has = DpdkPort::QueuesFor(id, options.queues);
    if (has == 0) return absl::NotFoundError(absl::StrCat("DPDK has no port ", id));
    queues = std::min(queues, has);
  }
  const KeptOutput output;
  std::vector<std::unique_ptr<DpdkPort>> ports;
  for (const uint16_t id : *chosen) {
    auto port = DpdkPort::Open(id, DpdkPort::QueuesFor(id, queues), options);
    if (!port.ok()) {
      const std::string complaints = output.Complaints();
      return complaints.empty() ? port.status()
                                : absl::Status(port.status().code(),
                                               absl::StrCat(std::string(port.status().message()),
                                                            " (", complaints, ")"));
    }
    ports.push_back(*std::move(port));
  }
  return std::make_unique<DpdkCapture>(std::move(ports), queues, options.slice);
}

std::vector<std::string> UnaccountedPorts(std::span<const uint16_t> ports) {
  const std::vector<uint16_t> all = AllPorts();
  std::vector<std::string> names;
  for (const uint16_t id : ports.empty() ? std::span(all) : ports) {
    rte_eth_dev_info info{};
    std::array<char, RTE_ETH_NAME_MAX_LEN> name{};
    if (rte_eth_dev_info_get(id, &info) != 0 || DriverNamed(info.driver_name).missed) continue;
    rte_eth_dev_get_name_by_port(id, name.data());
    names.push_back(absl::StrCat(name.data(), " (", info.driver_name, ")"));
  }
  return names;
}

}  // namespace rcodescope
