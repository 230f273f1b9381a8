// What one worker polls: its receive queues of all DPDK ports, as one packet source.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "capture/dpdk_port.h"
#include "capture/intake.h"
#include "capture/source.h"

struct rte_mbuf;

namespace rcodescope {

// Shared by the queues of one capture.
struct DpdkRun {
  std::atomic<bool> stopping{false};
  std::atomic<size_t> polled{0};  // queues that have not ended
};

struct DpdkQueueOptions {
  std::vector<std::unique_ptr<DpdkPort>>* ports = nullptr;
  size_t index = 0;  // among the capture's queues
  size_t queues = 1;
  int64_t slice = kNanosPerSecond;
};

// Frames lie where the card put them, and their buffers are given back with the next Poll; those
// of several segments are copied together. While one burst is worked on the next one is already
// in hand, and on its way into the cache.
class DpdkQueue final : public PacketSource {
 public:
  // The ports are started. Borrows `options.ports` and `run`.
  DpdkQueue(const DpdkQueueOptions& options, DpdkRun& run);
  // Any thread, after the one that polled: gives back what is still in hand.
  ~DpdkQueue() override;

  PollResult Poll(PacketBatch& batch) override;
  // Queue 0 tells the ports' figures as they were at most 100 ms ago; at the end, the last ones.
  const CaptureStats& Stats() const override;

 private:
  static constexpr size_t kBurst = PacketBatch::kCapacity;
  static constexpr size_t kJoinedBytes = 1024 * 1024;  // for frames of several segments

  struct RxQueue {
    uint16_t port;
    uint16_t queue;
    uint16_t interface;
    int64_t tick;
  };
  struct Burst {
    std::array<rte_mbuf*, kBurst> mbufs;
    size_t size = 0;
    size_t given = 0;
    const RxQueue* from = nullptr;
    Timestamp time;

    size_t left() const { return size - given; }
  };

  void Enter();
  void Release();
  bool Advance();
  void Receive(Burst& burst);
  bool WaitForFrames();
  void Give();
  bool Describe(rte_mbuf& mbuf, Packet& packet);
  bool Join(rte_mbuf& mbuf, Packet& packet);
  Timestamp TimeOf(rte_mbuf& mbuf, const Burst& burst) const;
  PollResult End(PacketBatch& batch);
  void AskPorts();

  DpdkRun& run_;
  const std::vector<std::unique_ptr<DpdkPort>>* ports_;  // null: another queue speaks for them
  size_t index_;
  std::vector<RxQueue> rx_;
  size_t turn_ = 0;  // of rx_, to be asked next
  Intake intake_;
  std::array<Burst, 2> bursts_;
  size_t current_ = 0;  // of bursts_; the other one is the next
  std::span<rte_mbuf*> lent_;
  std::unique_ptr<std::byte[]> joined_ = std::make_unique_for_overwrite<std::byte[]>(kJoinedBytes);
  size_t joined_size_ = 0;
  Timestamp clock_;
  std::optional<Timestamp> drain_until_;  // set when stopping was first seen
  bool entered_ = false;
  bool shut_ = false;
  bool ended_ = false;
  size_t time_offset_ = 0;  // of the time stamp in an mbuf
  uint64_t time_flag_ = 0;  // which mbufs have one; 0: none
  Timestamp asked_{};
  PortFigures figures_;  // of asked_
  mutable CaptureStats stats_;
};

}  // namespace rcodescope
