#include "capture/af_packet_queue.h"

#include <array>
#include <ctime>
#include <utility>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>

#include "capture/live.h"

namespace rcodescope {
namespace {

using std::chrono::milliseconds;

// A frame is ours this much after its time stamp, unless the ring holds us up. An idle queue's
// clock is late by that, so that it does not overtake frames in a block that is not full.
constexpr milliseconds kSettled = 2 * kBlockRetire + milliseconds(10);
// Between looks at the interfaces while frames keep us from waiting.
constexpr milliseconds kTendEvery{10};
// Between readings of counts that the kernel keeps in 32 bits.
constexpr int64_t kCountEvery = 10 * kNanosPerSecond;

// Of a frame's sockaddr_ll behind its header.
constexpr size_t kAddressOffset =
    (sizeof(tpacket3_hdr) + TPACKET_ALIGNMENT - 1) / TPACKET_ALIGNMENT * TPACKET_ALIGNMENT;

Timestamp SettledClock() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return {now.tv_sec * kNanosPerSecond + now.tv_nsec - std::chrono::nanoseconds(kSettled).count()};
}

}  // namespace

AfPacketQueue::AfPacketQueue(std::unique_ptr<PacketRing> ring, int64_t slice,
                             const InterfaceIndex& index, const StopSignal& stop,
                             InterfaceTender* tender)
    : ring_(std::move(ring)),
      intake_(slice, nullptr),
      index_(index),
      stop_(stop),
      tender_(tender) {}

PollResult AfPacketQueue::Poll(PacketBatch& batch) {
  intake_.Begin(batch);
  if (tender_ != nullptr) TendInterfaces(Clock::now());
  if (!ring_->Load()) {
    if (stop_.raised() && Drained()) return PollResult::kEnd;
    Wait();
    if (!ring_->Load()) {
      intake_.Advance(SettledClock());
      return PollResult::kPackets;
    }
  }
  TakeFrames();
  if (batch.now.ns - counted_.ns > kCountEvery) {
    counted_ = batch.now;
    ring_->Counts();
  }
  return PollResult::kPackets;
}

void AfPacketQueue::TakeFrames() {
  while (const tpacket3_hdr* frame = ring_->Front()) {
    if (intake_.full()) return;
    Fill(*frame, intake_.place());
    if (intake_.Accept() == Intake::Verdict::kNextBatch) return;
    ring_->Pop();
  }
}

void AfPacketQueue::Fill(const tpacket3_hdr& frame, Packet& packet) {
  const auto* start = reinterpret_cast<const std::byte*>(&frame);
  const auto& from = *reinterpret_cast<const sockaddr_ll*>(start + kAddressOffset);
  if (from.sll_ifindex != last_index_) [[unlikely]] {
    last_index_ = from.sll_ifindex;
    last_entry_ = index_.Find(last_index_);
  }
  packet.data = start + frame.tp_mac;
  packet.time = {int64_t{frame.tp_sec} * kNanosPerSecond + frame.tp_nsec};
  packet.captured = frame.tp_snaplen;
  packet.wire = frame.tp_len;
  packet.interface = last_entry_.interface;
  packet.link_type = last_entry_.link_type;
  packet.stripped = {};
  if ((frame.tp_status & TP_STATUS_VLAN_VALID) != 0) {
    const bool typed = (frame.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
    packet.stripped.tpid = typed ? frame.hv1.tp_vlan_tpid : uint16_t{ETH_P_8021Q};
    packet.stripped.tci = static_cast<uint16_t>(frame.hv1.tp_vlan_tci);
  }
}

void AfPacketQueue::TendInterfaces(Clock::time_point now) {
  if (now - tended_ < kTendEvery) return;
  tended_ = now;
  tender_->Tend();
}

void AfPacketQueue::Wait() const {
  std::array<pollfd, 3> waiting = {
      {{ring_->socket(), POLLIN, 0}, {-1, POLLIN, 0}, {-1, POLLIN, 0}}};
  milliseconds patience = kIdleWait;
  if (stop_.raised()) {
    patience = milliseconds(5);
  } else {
    waiting[1].fd = stop_.fd();
    if (tender_ != nullptr) waiting[2].fd = tender_->fd();
  }
  poll(waiting.data(), waiting.size(), static_cast<int>(patience.count()));
}

// The filter has let nothing through since, and a block that is not full is retired in kSettled.
bool AfPacketQueue::Drained() const { return stop_.age() >= kSettled && ring_->Backlog() == 0; }

const CaptureStats& AfPacketQueue::Stats() const {
  stats_ = intake_.stats();
  const RingCounts& counts = ring_->Counts();
  stats_.offered = counts.offered;
  stats_.dropped[static_cast<size_t>(DropStage::kRing)] = counts.dropped;
  stats_.backlog = ring_->Backlog();
  if (tender_ != nullptr) {
    stats_.dropped[static_cast<size_t>(DropStage::kInterface)] = tender_->dropped();
    stats_.dropped[static_cast<size_t>(DropStage::kNic)] = tender_->missed();
  }
  return stats_;
}

}  // namespace rcodescope
