#include "capture/dpdk_queue.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>
#include <rte_pause.h>
#include <rte_prefetch.h>

namespace rcodescope {
namespace {

constexpr int64_t kDrainNs = 200'000'000;
constexpr int64_t kOthersNs = 200'000'000;  // for the other queues to end
constexpr int64_t kAskNs = 100'000'000;     // between looks at the ports' figures
constexpr int64_t kSpinNs = 100'000;        // of silence, before the thread begins to nap
constexpr long kNapNs = 20'000;
constexpr uint16_t kVlanTpid = 0x8100;  // IEEE 802.1Q
constexpr uintptr_t kCacheLine = 64;
constexpr uintptr_t kPrefetchedBytes = 128;  // of a frame: up to the end of most questions

Timestamp Now() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return {now.tv_sec * kNanosPerSecond + now.tv_nsec};
}

void Nap() {
  const timespec nap{0, kNapNs};
  nanosleep(&nap, nullptr);
}

// The mbuf's own two lines and the frame's first ones. Where the frame lies is not read from the
// mbuf, which is not in the cache yet, but is where buffers of ordinary pools have it.
void Prefetch(const rte_mbuf* mbuf) {
  const auto* bytes = reinterpret_cast<const std::byte*>(mbuf);
  rte_prefetch0(bytes);
  rte_prefetch0(bytes + kCacheLine);
  const std::byte* frame = bytes + sizeof(rte_mbuf) + RTE_PKTMBUF_HEADROOM;
  for (uintptr_t at = 0; at < kPrefetchedBytes; at += kCacheLine) rte_prefetch0(frame + at);
}

}  // namespace

DpdkQueue::DpdkQueue(const DpdkQueueOptions& options, DpdkRun& run)
    : run_(run),
      ports_(options.index == 0 ? options.ports : nullptr),
      index_(options.index),
      intake_(options.slice, nullptr) {
  uint16_t interface = 0;
  for (const auto& port : *options.ports) {
    for (size_t queue = options.index; queue < port->queues(); queue += options.queues) {
      rx_.push_back({port->id(), static_cast<uint16_t>(queue), interface, port->driver().tick});
    }
    ++interface;
  }
  const int offset = rte_mbuf_dynfield_lookup(RTE_MBUF_DYNFIELD_TIMESTAMP_NAME, nullptr);
  const int flag = rte_mbuf_dynflag_lookup(RTE_MBUF_DYNFLAG_RX_TIMESTAMP_NAME, nullptr);
  if (offset >= 0 && flag >= 0) {
    time_offset_ = static_cast<size_t>(offset);
    time_flag_ = uint64_t{1} << flag;
  }
  ++run_.polled;
}

DpdkQueue::~DpdkQueue() {
  Release();
  for (Burst& burst : bursts_) {
    rte_pktmbuf_free_bulk(burst.mbufs.data() + burst.given, static_cast<unsigned>(burst.left()));
  }
}

// Pins the thread to its EAL CPU, and makes it known to DPDK, whose buffer pools keep a cache for
// each thread they know.
void DpdkQueue::Enter() {
  entered_ = true;
  PinToEalCpu(index_);
  if (rte_lcore_id() == LCORE_ID_ANY) rte_thread_register();
}

PollResult DpdkQueue::Poll(PacketBatch& batch) {
  if (!entered_) Enter();
  Release();
  intake_.Begin(batch);
  if (bursts_[current_].left() == 0 && !Advance() && !WaitForFrames()) return End(batch);
  Give();
  if (intake_.empty()) intake_.Advance(clock_);
  const int64_t since = clock_.ns - asked_.ns;
  if (intake_.empty() || since < 0 || since >= kAskNs) AskPorts();
  return PollResult::kPackets;
}

void DpdkQueue::Release() {
  rte_pktmbuf_free_bulk(lent_.data(), static_cast<unsigned>(lent_.size()));
  lent_ = {};
}

// The next burst becomes the current one, and another is received. False: there is none.
bool DpdkQueue::Advance() {
  current_ ^= 1;
  Receive(bursts_[current_ ^ 1]);
  if (bursts_[current_].left() == 0 && bursts_[current_ ^ 1].left() != 0) {
    current_ ^= 1;
    Receive(bursts_[current_ ^ 1]);
  }
  return bursts_[current_].left() != 0;
}

void DpdkQueue::Receive(Burst& burst) {
  burst.size = burst.given = 0;
  if (shut_) return;
  clock_ = Now();
  if (run_.stopping.load(std::memory_order_relaxed) && !drain_until_) {
    drain_until_ = Timestamp{clock_.ns + kDrainNs};
  }
  for (size_t asked = 0; asked < rx_.size(); ++asked) {
    const RxQueue& from = rx_[turn_];
    turn_ = turn_ + 1 == rx_.size() ? 0 : turn_ + 1;
    burst.size = rte_eth_rx_burst(from.port, from.queue, burst.mbufs.data(), kBurst);
    if (burst.size == 0) continue;
    burst.from = &from;
    burst.time = clock_;
    std::for_each_n(burst.mbufs.begin(), burst.size, Prefetch);
    break;
  }
  shut_ = drain_until_ && (burst.size == 0 || clock_ >= *drain_until_);
}

// Waits for kIdleWait at most. False: no frame will come any more.
bool DpdkQueue::WaitForFrames() {
  const int64_t began = clock_.ns;
  while (!shut_) {
    const int64_t waited = clock_.ns - began;
    if (waited < 0 || waited >= std::chrono::nanoseconds(kIdleWait).count()) return true;
    if (waited < kSpinNs) {
      rte_pause();
    } else {
      Nap();
    }
    if (Advance()) return true;
  }
  return bursts_[current_].left() != 0;
}

void DpdkQueue::Give() {
  Burst& burst = bursts_[current_];
  const size_t first = burst.given;
  joined_size_ = 0;
  for (; burst.left() != 0; ++burst.given) {
    rte_mbuf& mbuf = *burst.mbufs[burst.given];
    Packet& packet = intake_.place();
    packet.interface = burst.from->interface;
    packet.time = TimeOf(mbuf, burst);
    if (!Describe(mbuf, packet) || intake_.Accept() == Intake::Verdict::kNextBatch) break;
  }
  lent_ = std::span(burst.mbufs).subspan(first, burst.given - first);
}

// False: there is no more room in this batch.
bool DpdkQueue::Describe(rte_mbuf& mbuf, Packet& packet) {
  packet.link_type = LinkType::kEthernet;
  packet.wire = rte_pktmbuf_pkt_len(&mbuf);
  packet.stripped = {};
  if ((mbuf.ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0) [[unlikely]] {
    packet.stripped = {kVlanTpid, mbuf.vlan_tci};
  }
  if (mbuf.nb_segs != 1) [[unlikely]]
    return Join(mbuf, packet);
  packet.data = rte_pktmbuf_mtod(&mbuf, const std::byte*);
  packet.captured = packet.wire;
  return true;
}

[[gnu::noinline, gnu::cold]] bool DpdkQueue::Join(rte_mbuf& mbuf, Packet& packet) {
  packet.captured = std::min<uint32_t>(packet.wire, kJoinedBytes);
  if (kJoinedBytes - joined_size_ < packet.captured) return false;
  std::byte* copy = joined_.get() + joined_size_;
  size_t copied = 0;
  for (const rte_mbuf* segment = &mbuf; segment != nullptr; segment = segment->next) {
    const size_t size = std::min<size_t>(segment->data_len, packet.captured - copied);
    std::copy_n(rte_pktmbuf_mtod(segment, const std::byte*), size, copy + copied);
    copied += size;
  }
  packet.data = copy;
  packet.captured = static_cast<uint32_t>(copied);
  joined_size_ += copied;
  return true;
}

Timestamp DpdkQueue::TimeOf(rte_mbuf& mbuf, const Burst& burst) const {
  if ((mbuf.ol_flags & time_flag_) == 0) return burst.time;
  const auto ticks = *RTE_MBUF_DYNFIELD(&mbuf, time_offset_, const rte_mbuf_timestamp_t*);
  int64_t ns = 0;
  if (__builtin_mul_overflow(ticks, burst.from->tick, &ns)) return burst.time;
  int64_t distance = 0;
  const bool trusted = !__builtin_sub_overflow(burst.time.ns, ns, &distance) &&
                       distance <= kTrusted.count() && distance >= -kTrusted.count();
  return trusted ? Timestamp{std::min(ns, burst.time.ns)} : burst.time;
}

// Queue 0 waits for the others, whose last frames are in the ports' figures.
PollResult DpdkQueue::End(PacketBatch& batch) {
  if (!ended_) {
    ended_ = true;
    --run_.polled;
    for (const int64_t until = Now().ns + kOthersNs;
         ports_ != nullptr && run_.polled.load() != 0 && Now().ns < until;) {
      Nap();
    }
    AskPorts();
    rte_thread_unregister();
  }
  batch.size = 0;
  return PollResult::kEnd;
}

const CaptureStats& DpdkQueue::Stats() const {
  stats_ = intake_.stats();
  stats_.backlog = bursts_[0].left() + bursts_[1].left();
  stats_.offered = figures_.offered;
  stats_.dropped = figures_.dropped;
  return stats_;
}

void DpdkQueue::AskPorts() {
  if (ports_ == nullptr) return;
  asked_ = clock_;
  figures_ = FiguresOf(*ports_);
}

}  // namespace rcodescope
