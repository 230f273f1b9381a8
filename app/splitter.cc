#include "app/splitter.h"

#include <algorithm>
#include <cstring>

#include "parse/flow_key.h"

namespace rcodescope {
namespace {

constexpr uint32_t kQueued = 16;        // batches between the reader and one worker
constexpr size_t kBytes = 1024 * 1024;  // for frames whose source does not keep them in place

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
    : source_(source), options_(options), slice_(slice), key_(key) {
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
    for (const auto& way : ways_) {
      if (crossed && !way->Idle()) way->Send();
      way->SetClock(batch.now);
    }
    // Every worker enters the slice before any frame of it goes out, for each waits for the others.
    if (crossed) {
      for (const auto& way : ways_) way->Send();
    }
    for (size_t i = 0; i < batch.size; ++i) {
      const uint64_t hash = FlowHash(batch.packets[i], options_, key_) >> 32;
      ways_[hash * ways_.size() >> 32]->Add(batch.packets[i], stable);
    }
  }
  for (const auto& way : ways_) way->End();
}

}  // namespace rcodescope
