// One DPDK port: configured, started, its figures and its link.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "capture/dpdk.h"
#include "capture/dpdk_driver.h"
#include "capture/live.h"
#include "capture/source.h"

struct rte_mempool;

namespace rcodescope {

// How often a link was down, and for how long. Any thread.
class LinkLog {
 public:
  using Clock = std::chrono::steady_clock;

  void Note(bool up, Clock::time_point now);
  // Fills up, gaps and gap.
  void Tell(InterfaceStatus& status) const;

 private:
  mutable std::mutex mutex_;
  bool up_ = false;
  bool been_up_ = false;
  Clock::time_point down_since_;
  uint64_t gaps_ = 0;
  std::chrono::nanoseconds gap_{};
};

// What ports counted since they were started, as in CaptureStats.
struct PortFigures {
  std::optional<uint64_t> offered;
  std::array<std::optional<uint64_t>, kDropStages> dropped{};
};

class DpdkPort {
 public:
  // Receive queues the port can have when `wanted` are asked for; 0 when there is no such port.
  static size_t QueuesFor(uint16_t id, size_t wanted);

  // Configures the port for `queues` and starts it.
  static absl::StatusOr<std::unique_ptr<DpdkPort>> Open(uint16_t id, size_t queues,
                                                        const DpdkOptions& options);
  // Stops and closes it, and frees its buffers.
  ~DpdkPort();
  DpdkPort(const DpdkPort&) = delete;
  DpdkPort& operator=(const DpdkPort&) = delete;

  uint16_t id() const { return id_; }
  size_t queues() const { return queues_; }
  const std::string& name() const { return name_; }
  const DpdkDriver& driver() const { return driver_; }

  PortFigures Figures() const;
  // Any thread.
  InterfaceStatus Status() const;

 private:
  DpdkPort(uint16_t id, size_t queues);
  absl::Status Start(const DpdkOptions& options);
  absl::Status StartQueues(uint16_t descriptors);
  void WatchLink();
  absl::Status Refused(const std::string& what, int error) const;
  bool LinkUp() const;

  uint16_t id_;
  size_t queues_;
  std::string name_;
  DpdkDriver driver_;
  rte_mempool* pool_ = nullptr;
  mutable LinkLog link_;
};

// The figures of all ports together. What one cannot tell is not known of all.
PortFigures FiguresOf(std::span<const std::unique_ptr<DpdkPort>> ports);

}  // namespace rcodescope
