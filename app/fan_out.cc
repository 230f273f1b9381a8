#include "app/fan_out.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <ctime>
#include <utility>

#include "aggregate/spsc_ring.h"
#include "parse/flow_hasher.h"

namespace rcodescope {
namespace {

constexpr uint32_t kParcels = 256;     // batches between the reader and one worker
constexpr size_t kBytes = 128 * 1024;  // of frames in one of them
constexpr uint32_t kNotes = 64;        // what a worker without room can still be told
constexpr auto kSpin = std::chrono::microseconds(100);  // of silence, before a worker begins to nap
constexpr long kNapNs = 20'000;

void Nap() {
  const timespec nap{0, kNapNs};
  nanosleep(&nap, nullptr);
}

// Frames on their way, and how the reader's figures stand behind the last of them.
struct Parcel {
  PacketBatch batch;
  std::byte* bytes = nullptr;  // kBytes of them; a note has none
  size_t used = 0;
  uint64_t dropped = 0;  // of this way
  CaptureStats figures;  // of the capture; only where they are told
  bool end = false;
};

}  // namespace

class FanOut::Way final : public PacketSource {
 public:
  // The capture's figures stand with way 0.
  Way(FanOut& owner, size_t index) : owner_(owner), index_(index) {
    for (uint32_t i = 0; i < kParcels; ++i) {
      parcels_[i].bytes = memory_.get() + i * kBytes;
      empty_.Push(&parcels_[i]);
    }
    for (Parcel& note : notes_) blank_.Push(&note);
    open_ = empty_.Pop();
  }

  // The reader's side.

  void Add(const Packet& packet, Timestamp now, const CaptureStats& figures) {
    const size_t size = std::min<size_t>(packet.captured, kBytes);
    if (open_ != nullptr && (full() || kBytes - open_->used < size)) Send(figures);
    if (open_ == nullptr && !Open()) {
      ++dropped_;
      return;
    }
    PacketBatch& batch = open_->batch;
    Packet& place = batch.packets[batch.size++];
    place = packet;
    place.captured = static_cast<uint32_t>(size);
    std::byte* const copy = open_->bytes + open_->used;
    if (size != 0) std::memcpy(copy, packet.data, size);
    place.data = copy;
    open_->used += size;
    batch.now = now;
  }
  // What was added so far is to be seen by the worker, which may then take `now` for the clock.
  void Flush(Timestamp now, const CaptureStats& figures) {
    if (open_ != nullptr && open_->batch.size != 0) Send(figures);
    clock_.store(now.ns, std::memory_order_release);
  }
  // `figures` are of all frames up to `now`, and the next one lies behind a cut.
  void Settle(Timestamp now, const CaptureStats& figures) {
    if (open_ != nullptr || Open()) {
      open_->batch.now = now;
      Send(figures);
    } else if (const auto note = blank_.TryPop()) {
      (*note)->batch.now = now;
      Push(**note, figures);
    }
  }
  void End(Timestamp now, const CaptureStats& figures) {
    if (open_ != nullptr && open_->batch.size != 0) Send(figures);
    last_.batch.now = now;
    last_.end = true;
    Push(last_, figures);
  }

  // The worker's side.

  PollResult Poll(PacketBatch& batch) override {
    if (!std::exchange(entered_, true)) owner_.Enter(index_);
    GiveBack();
    batch.size = 0;
    Timestamp clock = Wait();
    if (lent_ != nullptr) {
      const PacketBatch& sent = lent_->batch;
      std::copy_n(sent.packets.begin(), sent.size, batch.packets.begin());
      batch.size = sent.size;
      clock = sent.now;
      Count();
    }
    batch.now = now_ = std::max(now_, clock);
    return lent_ != nullptr && lent_->end ? PollResult::kEnd : PollResult::kPackets;
  }
  const CaptureStats& Stats() const override { return stats_; }

 private:
  bool tells_capture() const { return index_ == 0; }
  bool full() const { return open_->batch.size == PacketBatch::kCapacity; }

  bool Open() {
    open_ = empty_.TryPop().value_or(nullptr);
    if (open_ == nullptr) return false;
    open_->batch.size = open_->used = 0;
    return true;
  }
  void Send(const CaptureStats& figures) {
    Push(*open_, figures);
    Open();
  }
  void Push(Parcel& parcel, const CaptureStats& figures) {
    parcel.dropped = dropped_;
    if (tells_capture()) parcel.figures = figures;
    full_.TryPush(&parcel);  // there is a place for each parcel
  }

  void GiveBack() {
    if (lent_ == nullptr || lent_->end) return;
    if (lent_->bytes == nullptr) {
      blank_.Push(lent_);
    } else {
      empty_.Push(lent_);
    }
    lent_ = nullptr;
  }
  // For a parcel or another clock, up to kIdleWait. Answers with a clock that lies behind no frame
  // still to come. The reader's first one is waited for, which Poll owes it within kIdleWait.
  Timestamp Wait() {
    using Clock = std::chrono::steady_clock;
    if (lent_ != nullptr) return now_;  // the end, which stays
    const Clock::time_point began = Clock::now();
    for (;;) {
      // Read before the ring is: frames sent before it was set are in the ring then.
      const Timestamp clock{clock_.load(std::memory_order_acquire)};
      lent_ = full_.TryPop().value_or(nullptr);
      const auto waited = Clock::now() - began;
      if (lent_ != nullptr || clock > now_) return clock;
      if (waited >= kIdleWait && clock != kNoTime) return clock;
      if (waited >= kSpin) Nap();
    }
  }
  void Count() {
    const PacketBatch& batch = lent_->batch;
    for (size_t i = 0; i < batch.size; ++i) {
      const Packet& packet = batch.packets[i];
      stats_.bytes += packet.wire;
      if (stats_.first == kNoTime || packet.time < stats_.first) stats_.first = packet.time;
      stats_.last = std::max(stats_.last, packet.time);
    }
    stats_.records = stats_.seen += batch.size;
    if (tells_capture()) {
      stats_.filtered = lent_->figures.filtered;
      stats_.anomalies = lent_->figures.anomalies;
      stats_.offered = lent_->figures.offered;
      stats_.dropped = lent_->figures.dropped;
      stats_.backlog = lent_->figures.backlog;
    }
    stats_.dropped[static_cast<size_t>(DropStage::kWorker)] = lent_->dropped;
  }

  FanOut& owner_;
  const size_t index_;
  std::unique_ptr<std::byte[]> memory_ =
      std::make_unique_for_overwrite<std::byte[]>(kParcels * kBytes);
  std::array<Parcel, kParcels> parcels_;
  std::array<Parcel, kNotes> notes_;
  Parcel last_;
  SpscRing<Parcel*, kParcels> empty_;
  SpscRing<Parcel*, kNotes> blank_;
  SpscRing<Parcel*, 2 * kParcels> full_;    // parcels, notes and the end
  std::atomic<int64_t> clock_{kNoTime.ns};  // of a reader that has handed over all frames up to it

  // The reader's.
  Parcel* open_ = nullptr;  // being filled; null when the worker has all of them
  uint64_t dropped_ = 0;

  // The worker's.
  bool entered_ = false;
  Parcel* lent_ = nullptr;  // being worked on
  Timestamp now_ = kNoTime;
  CaptureStats stats_;
};

FanOut::FanOut(std::unique_ptr<LiveCapture> capture, const FanOutOptions& options)
    : capture_(std::move(capture)), options_(options) {
  for (size_t i = 0; i < options.ways; ++i) ways_.push_back(std::make_unique<Way>(*this, i));
}

FanOut::~FanOut() {
  capture_->Stop();
  if (reader_.joinable()) reader_.join();
}

PacketSource& FanOut::queue(size_t index) { return *ways_[index]; }

void FanOut::Enter(size_t index) {
  if (index == 0) reader_ = std::thread([this] { Read(); });
  if (options_.enter) options_.enter(index);
}

void FanOut::Read() {
  PacketSource& source = capture_->queue(0);
  PacketBatch batch;
  FlowHasher flows(options_.frames, options_.key);
  CaptureStats figures;  // behind the latest batch
  Timestamp now = kNoTime;
  while (source.Poll(batch) == PollResult::kPackets) {
    const bool crossed = SliceOf(batch.now, options_.slice) != SliceOf(now, options_.slice);
    if (crossed && now != kNoTime) {
      for (const auto& way : ways_) way->Settle(now, figures);
    }
    now = batch.now;
    figures = source.Stats();
    for (size_t i = 0; i < batch.size; ++i) {
      const Packet& packet = batch.packets[i];
      const Flow flow = flows.Of(packet);
      ways_[flow.WorkerOf(ways_.size())]->Add(packet, now, figures);
    }
    // Under load parcels go when they are full.
    if (!crossed && batch.size == PacketBatch::kCapacity) continue;
    for (const auto& way : ways_) way->Flush(now, figures);
  }
  for (const auto& way : ways_) way->End(now, source.Stats());
}

}  // namespace rcodescope
