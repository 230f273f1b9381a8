#include "app/splitter.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace rcodescope {
namespace {

constexpr uint32_t kQueued = 16;        // batches between the reader and one worker
constexpr size_t kBytes = 1024 * 1024;  // for frames whose source does not keep them in place

constexpr size_t kMostKeptBack = 1'024;
// Less than a decoder waits for the other fragments, which then are together in time.
constexpr int64_t kLongestKeptBack = 5 * kNanosPerSecond;

// A batch on its way, with the frames' bytes where they had to be copied.
struct Parcel {
  PacketBatch batch;
  std::unique_ptr<std::byte[]> bytes = std::make_unique_for_overwrite<std::byte[]>(kBytes);
  size_t used = 0;
};

}  // namespace

class Splitter::Way final : public PacketSource {
 public:
  Way() {
    for (auto& parcel : parcels_) {
      parcel = std::make_unique<Parcel>();
      empty_.Push(parcel.get());
    }
    open_ = empty_.Pop();
  }

  // The reader's side.
  void Add(const Packet& packet, bool stable) {
    const bool fits = stable || kBytes - open_->used >= packet.captured;
    if (open_->batch.size == PacketBatch::kCapacity || !fits) Send();
    Packet& place = open_->batch.packets[open_->batch.size++];
    place = packet;
    if (stable) return;
    std::byte* copy = open_->bytes.get() + open_->used;
    if (packet.captured != 0) std::memcpy(copy, packet.data, packet.captured);
    place.data = copy;
    open_->used += packet.captured;
  }
  void SetClock(Timestamp now) { open_->batch.now = now; }
  bool Idle() const { return open_->batch.size == 0; }
  void Send() {
    const Timestamp now = open_->batch.now;
    full_.Push(open_);
    open_ = empty_.Pop();
    open_->batch.size = open_->used = 0;
    open_->batch.now = now;
  }
  void End() {
    Send();
    full_.Push(nullptr);
  }

  // The worker's side.
  PollResult Poll(PacketBatch& batch) override {
    if (lent_ != nullptr) empty_.Push(lent_);
    lent_ = full_.Pop();
    batch.size = 0;
    if (lent_ == nullptr) return PollResult::kEnd;
    const PacketBatch& sent = lent_->batch;
    std::copy_n(sent.packets.begin(), sent.size, batch.packets.begin());
    batch.size = sent.size;
    batch.now = sent.now;
    stats_.seen += sent.size;
    return PollResult::kPackets;
  }
  const CaptureStats& Stats() const override { return stats_; }

 private:
  std::array<std::unique_ptr<Parcel>, kQueued> parcels_;
  SpscRing<Parcel*, kQueued> empty_;
  SpscRing<Parcel*, 2 * kQueued> full_;  // all parcels and the end
  Parcel* open_ = nullptr;               // being filled
  Parcel* lent_ = nullptr;               // being worked on
  CaptureStats stats_;
};

Splitter::Splitter(PacketSource& source, const FrameOptions& options, size_t ways, int64_t slice,
                   uint64_t key)
    : source_(source), slice_(slice), flows_(options, key) {
  for (size_t i = 0; i < ways; ++i) ways_.push_back(std::make_unique<Way>());
}

Splitter::~Splitter() = default;

PacketSource& Splitter::way(size_t index) { return *ways_[index]; }

void Splitter::Run() {
  PacketBatch batch;
  int64_t slice = 0;
  while (source_.Poll(batch) == PollResult::kPackets) {
    const bool stable = source_.StableMemory();
    const int64_t next_slice = SliceOf(batch.now, slice_);
    const bool crossed = next_slice != slice;
    slice = next_slice;
    if (crossed) ReleaseUntil({batch.now.ns - kLongestKeptBack});
    for (const auto& way : ways_) {
      if (crossed && !way->Idle()) way->Send();
      way->SetClock(batch.now);
    }
    // Every worker enters the slice before any frame of it goes out, for each waits for the others.
    if (crossed) {
      for (const auto& way : ways_) way->Send();
    }
    for (size_t i = 0; i < batch.size; ++i) Place(batch.packets[i], stable);
  }
  ReleaseUntil({std::numeric_limits<int64_t>::max()});
  for (const auto& way : ways_) way->End();
}

Splitter::Way& Splitter::WayOf(uint64_t hash) { return *ways_[(hash >> 32) * ways_.size() >> 32]; }

void Splitter::Place(const Packet& packet, bool stable) {
  const Flow flow = flows_.Of(packet);
  if (flow.awaits != 0 && kept_back_.size() < kMostKeptBack) [[unlikely]] {
    KeepBack(packet, flow, stable);
    return;
  }
  // What waited for this frame came before it.
  if (!kept_back_.empty()) [[unlikely]] {
    const std::vector<uint64_t> told(flows_.told().begin(), flows_.told().end());
    for (const uint64_t datagram : told) Release(datagram);
  }
  WayOf(flow.hash).Add(packet, stable);
}

void Splitter::KeepBack(const Packet& packet, const Flow& flow, bool stable) {
  KeptBack one{.packet = packet, .bytes = nullptr, .hash = flow.hash};
  if (!stable) {
    one.bytes = std::make_unique_for_overwrite<std::byte[]>(packet.captured);
    std::copy_n(packet.data, packet.captured, one.bytes.get());
    one.packet.data = one.bytes.get();
  }
  kept_back_.emplace(flow.awaits, std::move(one));
}

// What awaited the datagram; it may be what others await.
void Splitter::Release(uint64_t datagram) {
  std::vector<KeptBack> released;
  const auto [begin, end] = kept_back_.equal_range(datagram);
  for (auto at = begin; at != end; ++at) released.push_back(std::move(at->second));
  kept_back_.erase(begin, end);
  for (const KeptBack& one : released) Place(one.packet, one.bytes == nullptr);
}

// Frames up to `time` have waited in vain.
void Splitter::ReleaseUntil(Timestamp time) {
  for (auto at = kept_back_.begin(); at != kept_back_.end();) {
    const KeptBack& one = at->second;
    if (one.packet.time > time) {
      ++at;
      continue;
    }
    WayOf(one.hash).Add(one.packet, one.bytes == nullptr);
    at = kept_back_.erase(at);
  }
}

}  // namespace rcodescope
