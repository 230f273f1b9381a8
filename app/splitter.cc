#include "app/splitter.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "parse/fragment_table.h"

namespace rcodescope {
namespace {

constexpr uint32_t kQueued = 64;       // batches between the reader and one worker
constexpr size_t kBytes = 256 * 1024;  // of a batch's frames

constexpr size_t kMostWaiting = 1'024;
constexpr size_t kMostCopied = 1024 * 1024;  // bytes of those that wait

// A batch on its way, with a copy of its frames' bytes.
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
  void Add(const Packet& packet) {
    const bool fits = kBytes - open_->used >= packet.captured;
    if (open_->batch.size == PacketBatch::kCapacity || !fits) Send();
    Packet& place = open_->batch.packets[open_->batch.size++];
    place = packet;
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
  while (source_.Poll(batch) == PollResult::kPackets) {
    if (waiting_.empty()) Enter(batch.now);
    for (size_t i = 0; i < batch.size; ++i) Take(batch.packets[i], batch.now);
    if (!waiting_.empty()) [[unlikely]]
      GiveWaiting(batch.now, kMostWaiting);
    if (waiting_.empty()) Enter(batch.now);
  }
  GiveWaiting(kNoTime, 0);
  for (const auto& way : ways_) way->End();
}

// Every worker enters a slice before any frame of it goes out, for each waits for the others.
void Splitter::Enter(Timestamp now) {
  const int64_t slice = SliceOf(now, slice_);
  const bool crossed = std::exchange(entered_, slice) != slice;
  for (const auto& way : ways_) {
    if (crossed && !way->Idle()) way->Send();
    way->SetClock(now);
  }
  if (!crossed) return;
  for (const auto& way : ways_) way->Send();
}

void Splitter::Take(const Packet& packet, Timestamp now) {
  const Flow flow = flows_.Of(packet);
  if (waiting_.empty() && flow.awaits == 0) [[likely]] {
    ways_[flow.WorkerOf(ways_.size())]->Add(packet);
    return;
  }
  Tell({flows_.told().begin(), flows_.told().end()});
  auto bytes = std::make_unique_for_overwrite<std::byte[]>(packet.captured);
  Waiting& last = waiting_.emplace_back(Waiting{packet, std::move(bytes), now, flow});
  std::copy_n(packet.data, packet.captured, last.bytes.get());
  last.packet.data = last.bytes.get();
  copied_ += packet.captured;
}

// What awaited one of these may be what others await, and may have waited through another frame
// that comes behind it.
void Splitter::Tell(std::vector<uint64_t> datagrams) {
  while (!datagrams.empty()) {
    const uint64_t datagram = datagrams.back();
    datagrams.pop_back();
    bool again = false;
    const size_t others = datagrams.size();
    for (Waiting& one : waiting_) {
      if (one.flow.awaits != datagram) continue;
      one.flow = flows_.Of(one.packet);
      again |= one.flow.awaits == datagram;
      datagrams.insert(datagrams.end(), flows_.told().begin(), flows_.told().end());
    }
    if (again && datagrams.size() != others) datagrams.push_back(datagram);
  }
}

// From the first on, those that await nothing; and who awaits something in vain, while there are
// more than `most`, or too many bytes, or, at `now`, for longer than a fragment is waited for.
void Splitter::GiveWaiting(Timestamp now, size_t most) {
  for (; !waiting_.empty(); waiting_.pop_front()) {
    const Waiting& first = waiting_.front();
    const bool in_vain = waiting_.size() > most || copied_ > kMostCopied ||
                         now.ns - first.now.ns > kFragmentTimeoutNs;
    if (first.flow.awaits != 0 && !in_vain) return;
    Enter(first.now);
    ways_[first.flow.WorkerOf(ways_.size())]->Add(first.packet);
    copied_ -= first.packet.captured;
  }
}

}  // namespace rcodescope
