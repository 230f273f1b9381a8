// One queue of an AF_PACKET capture.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "capture/intake.h"
#include "capture/interface_index.h"
#include "capture/packet_ring.h"
#include "capture/source.h"
#include "capture/stop_signal.h"

namespace rcodescope {

// What one queue's thread does beside: see to the interfaces. Null for the other queues.
class InterfaceTender {
 public:
  virtual ~InterfaceTender() = default;
  virtual int fd() const = 0;  // readable when there is something to do
  virtual void Tend() = 0;     // never waits
  virtual uint64_t dropped() const = 0;
  virtual uint64_t missed() const = 0;
};

class AfPacketQueue final : public PacketSource {
 public:
  // But for the ring, all is borrowed.
  AfPacketQueue(std::unique_ptr<PacketRing> ring, int64_t slice, const InterfaceIndex& index,
                const StopSignal& stop, InterfaceTender* tender);

  PollResult Poll(PacketBatch& batch) override;
  const CaptureStats& Stats() const override { return intake_.stats(); }

  PacketRing& ring() { return *ring_; }

 private:
  using Clock = std::chrono::steady_clock;

  void TakeFrames();
  void Fill(const tpacket3_hdr& frame, Packet& packet);
  bool Drained() const;
  void Refresh(Clock::time_point now);

  std::unique_ptr<PacketRing> ring_;
  Intake intake_;
  const InterfaceIndex& index_;
  const StopSignal& stop_;
  InterfaceTender* tender_;
  int last_index_ = 0;  // the kernel's number of the last frame's interface, and what it stands for
  InterfaceIndex::Entry last_entry_;
  Clock::time_point tended_;
  Clock::time_point refreshed_;
};

}  // namespace rcodescope
