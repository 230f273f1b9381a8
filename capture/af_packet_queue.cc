#include "capture/af_packet_queue.h"

#include <utility>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "capture/queue_wait.h"
#include "capture/settled_clock.h"

namespace rcodescope {
namespace {

using std::chrono::milliseconds;

// Between looks at the interfaces while frames keep us from waiting.
constexpr milliseconds kTendEvery{10};
// Of a frame's sockaddr_ll behind its header.
constexpr size_t kAddressOffset =
    (sizeof(tpacket3_hdr) + TPACKET_ALIGNMENT - 1) / TPACKET_ALIGNMENT * TPACKET_ALIGNMENT;

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
  const auto now = Clock::now();
  if (tender_ != nullptr && now - tended_ >= kTendEvery) {
    tended_ = now;
    tender_->Tend();
  }
  bool loaded = ring_->Load();
  if (!loaded || now - refreshed_ >= kRefreshEvery) Refresh(now);
  if (!loaded) {
    if (stop_.raised() && Drained()) return PollResult::kEnd;
    WaitForFrames(ring_->socket(), stop_, tender_ == nullptr ? -1 : tender_->fd());
    loaded = ring_->Load();
  }
  if (loaded) {
    TakeFrames();
  } else {
    intake_.Advance(SettledClock());
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

// The filter has let nothing through since, and a block that is not full was handed over in
// kSettled.
bool AfPacketQueue::Drained() const {
  return stop_.age() >= kSettled && intake_.stats().backlog == 0;
}

void AfPacketQueue::Refresh(Clock::time_point now) {
  refreshed_ = now;
  CaptureStats& stats = intake_.stats();
  const auto dropped = [&stats](DropStage stage) -> std::optional<uint64_t>& {
    return stats.dropped[static_cast<size_t>(stage)];
  };
  const RingCounts& counts = ring_->Counts();
  stats.offered = counts.offered;
  dropped(DropStage::kRing) = counts.dropped;
  stats.backlog = ring_->Backlog();
  if (tender_ != nullptr) {
    dropped(DropStage::kInterface) = tender_->dropped();
    dropped(DropStage::kNic) = tender_->missed();
  }
}

}  // namespace rcodescope
