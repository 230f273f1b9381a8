#include "capture/dpdk_port.h"

#include <algorithm>
#include <cerrno>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "absl/strings/str_cat.h"
#include "capture/dpdk_rss.h"

namespace rcodescope {
namespace {

constexpr unsigned kPoolCache = 256;    // mbufs kept by each thread
constexpr size_t kBursts = 2 * 64;      // mbufs that a queue's worker has in hand
constexpr size_t kSegments = 4096;      // more of them, for frames of many segments
constexpr uint16_t kLargestMtu = 9600;  // where frames may lie in several mbufs

constexpr uint64_t kHashed = RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_TCP;

bool Known(uint16_t id, rte_eth_dev_info& info) {
  return rte_eth_dev_is_valid_port(id) == 1 && rte_eth_dev_info_get(id, &info) == 0;
}

int OnLink(uint16_t port, rte_eth_event_type, void* log, void*) {
  rte_eth_link link{};
  if (rte_eth_link_get_nowait(port, &link) != 0) return 0;
  static_cast<LinkLog*>(log)->Note(link.link_status == RTE_ETH_LINK_UP, LinkLog::Clock::now());
  return 0;
}

rte_eth_conf Configuration(const rte_eth_dev_info& info, size_t queues, uint8_t* key,
                           size_t key_size) {
  rte_eth_conf conf{};
  conf.rxmode.offloads =
      info.rx_offload_capa & (RTE_ETH_RX_OFFLOAD_TIMESTAMP | RTE_ETH_RX_OFFLOAD_SCATTER);
  if ((conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_SCATTER) != 0) {
    conf.rxmode.mtu = std::min(info.max_mtu, kLargestMtu);
  }
  conf.rx_adv_conf.rss_conf.rss_hf = info.flow_type_rss_offloads & kHashed;
  if (queues > 1 && conf.rx_adv_conf.rss_conf.rss_hf != 0) {
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf.rx_adv_conf.rss_conf.rss_key = key;
    conf.rx_adv_conf.rss_conf.rss_key_len =
        static_cast<uint8_t>(std::min<size_t>(info.hash_key_size, key_size));
    if (info.hash_key_size == 0) conf.rx_adv_conf.rss_conf.rss_key = nullptr;
  } else {
    conf.rx_adv_conf.rss_conf.rss_hf = 0;
  }
  conf.intr_conf.lsc = (*info.dev_flags & RTE_ETH_DEV_INTR_LSC) != 0;
  return conf;
}

}  // namespace

void LinkLog::Note(bool up, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (up == up_) return;
  up_ = up;
  if (!up) {
    ++gaps_;
    down_since_ = now;
  } else if (been_up_) {
    gap_ += now - down_since_;
  }
  been_up_ = true;
}

void LinkLog::Tell(InterfaceStatus& status) const {
  const std::lock_guard lock(mutex_);
  status.up = up_;
  status.gaps = gaps_;
  status.gap = gap_;
}

size_t DpdkPort::QueuesFor(uint16_t id, size_t wanted) {
  rte_eth_dev_info info{};
  if (!Known(id, info)) return 0;
  if (DriverNamed(info.driver_name).fixed_queues) return info.max_rx_queues;
  return std::min<size_t>(wanted, info.max_rx_queues);
}

absl::StatusOr<std::unique_ptr<DpdkPort>> DpdkPort::Open(uint16_t id, size_t queues,
                                                         const DpdkOptions& options) {
  std::unique_ptr<DpdkPort> port(new DpdkPort(id, queues));
  if (absl::Status started = port->Start(options); !started.ok()) return started;
  return port;
}

DpdkPort::DpdkPort(uint16_t id, size_t queues) : id_(id), queues_(queues) {
  rte_eth_dev_info info{};
  rte_eth_dev_info_get(id, &info);
  driver_ = DriverNamed(info.driver_name);
  std::array<char, RTE_ETH_NAME_MAX_LEN> name{};
  rte_eth_dev_get_name_by_port(id, name.data());
  name_ = name.data();
}

DpdkPort::~DpdkPort() {
  rte_eth_dev_callback_unregister(id_, RTE_ETH_EVENT_INTR_LSC, OnLink, &link_);
  rte_eth_dev_stop(id_);
  rte_eth_dev_close(id_);
  rte_mempool_free(pool_);
}

absl::Status DpdkPort::Refused(const std::string& what, int error) const {
  return absl::UnavailableError(
      absl::StrCat("port ", name_, ": ", what, ": ", rte_strerror(error)));
}

absl::Status DpdkPort::Start(const DpdkOptions& options) {
  rte_eth_dev_info info{};
  rte_eth_dev_info_get(id_, &info);
  auto key = SymmetricRssKey();
  const rte_eth_conf conf = Configuration(info, queues_, key.data(), key.size());
  if (const int error = rte_eth_dev_configure(id_, static_cast<uint16_t>(queues_), 0, &conf);
      error != 0) {
    return Refused("is not to be configured", -error);
  }
  if (absl::Status started = StartQueues(options.descriptors); !started.ok()) return started;
  if (const int error = rte_eth_dev_start(id_); error != 0)
    return Refused("does not start", -error);
  if (options.promiscuous) {
    const int error = rte_eth_promiscuous_enable(id_);
    if (error != 0 && error != -ENOTSUP) return Refused("is not to be made promiscuous", -error);
  }
  WatchLink();
  return absl::OkStatus();
}

absl::Status DpdkPort::StartQueues(uint16_t descriptors) {
  uint16_t tx_descriptors = 0;
  if (const int error = rte_eth_dev_adjust_nb_rx_tx_desc(id_, &descriptors, &tx_descriptors);
      error != 0) {
    return Refused("has no such number of descriptors", -error);
  }
  const size_t mbufs = queues_ * (descriptors + kBursts + 2 * kPoolCache) + kSegments;
  const int socket = rte_eth_dev_socket_id(id_);
  pool_ = rte_pktmbuf_pool_create(absl::StrCat("rcodescope_", id_).c_str(),
                                  static_cast<unsigned>(mbufs), kPoolCache, 0,
                                  RTE_MBUF_DEFAULT_BUF_SIZE, socket);
  if (pool_ == nullptr) {
    return Refused(absl::StrCat("no memory for ", mbufs, " packet buffers"), rte_errno);
  }
  for (uint16_t queue = 0; queue < queues_; ++queue) {
    const int error = rte_eth_rx_queue_setup(id_, queue, descriptors, static_cast<unsigned>(socket),
                                             nullptr, pool_);
    if (error != 0) return Refused(absl::StrCat("receive queue ", queue), -error);
  }
  return absl::OkStatus();
}

// Cards interrupt when their link changes. Of other ports Status finds it out when it is asked.
void DpdkPort::WatchLink() {
  rte_eth_dev_callback_register(id_, RTE_ETH_EVENT_INTR_LSC, OnLink, &link_);
  OnLink(id_, RTE_ETH_EVENT_INTR_LSC, &link_, nullptr);
}

PortFigures DpdkPort::Figures() const {
  PortFigures figures;
  rte_eth_stats stats{};
  if (rte_eth_stats_get(id_, &stats) != 0) return figures;
  const auto tell = [&](DropStage stage, bool known, uint64_t count) {
    if (known) figures.dropped[static_cast<size_t>(stage)] = count;
  };
  tell(DropStage::kNic, driver_.missed, stats.imissed);
  tell(DropStage::kRing, driver_.no_mbuf, stats.rx_nombuf);
  tell(DropStage::kInterface, driver_.errors, stats.ierrors);
  figures.offered = stats.ipackets + (driver_.no_mbuf ? stats.rx_nombuf : 0);
  return figures;
}

InterfaceStatus DpdkPort::Status() const {
  OnLink(id_, RTE_ETH_EVENT_INTR_LSC, &link_, nullptr);
  InterfaceStatus status{.name = name_};
  link_.Tell(status);
  return status;
}

PortFigures FiguresOf(std::span<const std::unique_ptr<DpdkPort>> ports) {
  PortFigures all{.offered = 0};
  all.dropped.fill(0);
  const auto add = [](std::optional<uint64_t>& sum, const std::optional<uint64_t>& term) {
    if (!term) sum.reset();
    if (sum) *sum += *term;
  };
  for (const auto& port : ports) {
    const PortFigures figures = port->Figures();
    add(all.offered, figures.offered);
    for (size_t i = 0; i < kDropStages; ++i) add(all.dropped[i], figures.dropped[i]);
  }
  return all;
}

}  // namespace rcodescope
