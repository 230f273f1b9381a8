#include "app/message_tap.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "capture/pcapng_writer.h"

namespace rcodescope {
namespace {

// The number of lines in a second, up to 10^9 as the option is; above it, the second.
constexpr unsigned kCountBits = 30;
constexpr uint64_t kCountMask = (uint64_t{1} << kCountBits) - 1;

// Of one writer; read by others.
class Count {
 public:
  void Add(uint64_t more) {
    value_.store(value_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

}  // namespace

// One worker's.
class MessageTap::Lane final : public ObservationSink, public BatchWatcher {
 public:
  Lane(MessageTap& tap, size_t worker) : tap_(tap), worker_(worker) {}

  void SetNext(Recorder& next) { next_ = &next; }

  // Also while nothing comes: then what is left in a chunk goes to whoever reads the file.
  void Begin(const PacketBatch& batch) override {
    packets_ = &batch;
    if (tap_.events_ != nullptr) tap_.events_->Appended(worker_);
    if (tap_.packets_ != nullptr) tap_.packets_->Appended(worker_);
  }

  void Consume(const ObservationBatch& batch) override {
    const MessageTapOptions& options = tap_.options_;
    matching_.Clear();
    for (const Observation& message : batch.observations()) {
      if (tap_.flight_ != nullptr && message.is_response && message.rcode != Rcode{}) {
        Remember(message);
      }
      if (!options.filter.Matches(message)) {
        if (options.counts_matching_only && message.is_response) next_->Learn(message);
        continue;
      }
      if (tap_.events_ != nullptr) Tell(message);
      if (tap_.packets_ != nullptr) Keep(message.frame);
      if (options.counts_matching_only) matching_.Add() = message;
    }
    if (tap_.events_ != nullptr) tap_.events_->Appended(worker_);
    if (tap_.packets_ != nullptr) tap_.packets_->Appended(worker_);
    if (!options.counts_matching_only) {
      next_->Consume(batch);
      return;
    }
    left_out.Add(batch.size() - matching_.size());
    if (matching_.size() > 0) next_->Consume(matching_);
  }

  Count written, rate_limited, no_room, packets, packets_lost, left_out;

 private:
  void Tell(const Observation& message) {
    if (!tap_.Allowed(message.time)) {
      rate_limited.Add(1);
      return;
    }
    std::string* const line = tap_.events_->Room(worker_);
    if (line == nullptr) {
      no_room.Add(1);
      return;
    }
    AppendEvent(message, ZoneOf(message), OriginOf(message.frame), *line);
    tap_.events_->Appended(worker_);
    written.Add(1);
  }

  std::optional<EventOrigin> OriginOf(uint64_t frame) const {
    if (!tap_.origin_of_) return std::nullopt;
    const Packet* const packet = Find(frame);
    if (packet == nullptr) return EventOrigin();
    return tap_.origin_of_(static_cast<size_t>(packet - packets_->packets.data()));
  }

  // Null where the frame is not in the batch that is decoded.
  const Packet* Find(uint64_t frame) const {
    const Packet* const begin = packets_->packets.data();
    const Packet* const end = begin + packets_->size;
    const Packet* const packet = std::lower_bound(
        begin, end, frame, [](const Packet& p, uint64_t number) { return p.frame < number; });
    return packet != end && packet->frame == frame ? packet : nullptr;
  }

  NameRef ZoneOf(const Observation& message) const {
    if (!message.is_response) return {};
    return tap_.zones_.Decide(message, next_->cuts_in_force()).zone;
  }

  void Remember(const Observation& message) {
    const Packet* const packet = Find(message.frame);
    if (packet != nullptr) tap_.flight_->ring(worker_).Keep(*packet, message.rcode);
  }

  // Once, though several messages may end in it.
  void Keep(uint64_t frame) {
    if (frame == kept_) return;
    const Packet* const packet = Find(frame);
    std::string* const blocks = packet != nullptr ? tap_.packets_->Room(worker_) : nullptr;
    if (blocks == nullptr) {
      packets_lost.Add(1);
      return;
    }
    // One worker's file is one section; the chunks of several are sections of their own.
    if (kept_ == 0 || (blocks->empty() && tap_.lanes_.size() > 1)) {
      writer_ = PcapngWriter();
      PcapngWriter::Begin(*blocks);
    }
    kept_ = frame;
    writer_.Append(*packet, *blocks);
    tap_.packets_->Appended(worker_);
    packets.Add(1);
  }

  MessageTap& tap_;
  const size_t worker_;
  Recorder* next_ = nullptr;
  ObservationBatch matching_;
  const PacketBatch* packets_ = nullptr;  // the one that is decoded
  PcapngWriter writer_;
  uint64_t kept_ = 0;  // the last frame that was written; they count from 1
};

MessageTap::MessageTap(const MessageTapOptions& options, const ZonePolicy& zones,
                       std::unique_ptr<LineOutput> events, std::unique_ptr<LineOutput> packets,
                       std::unique_ptr<FlightRecorder> flight, size_t workers)
    : options_(options),
      zones_(zones),
      events_(std::move(events)),
      packets_(std::move(packets)),
      flight_(std::move(flight)) {
  for (size_t i = 0; i < workers; ++i) lanes_.push_back(std::make_unique<Lane>(*this, i));
}

MessageTap::~MessageTap() = default;

ObservationSink& MessageTap::Before(size_t worker, Recorder& next) {
  lanes_[worker]->SetNext(next);
  return *lanes_[worker];
}

BatchWatcher* MessageTap::watcher(size_t worker) {
  const bool asked = events_ != nullptr || packets_ != nullptr || flight_ != nullptr;
  return asked ? lanes_[worker].get() : nullptr;
}

// A worker that is behind counts in the newest second that any has seen.
bool MessageTap::Allowed(Timestamp time) {
  if (options_.events_a_second == 0) return true;
  const auto second = static_cast<uint64_t>(SliceOf(time, kNanosPerSecond));
  uint64_t now = told_.load(std::memory_order_relaxed);
  uint64_t next = 0;
  do {
    const bool newer = second > now >> kCountBits;
    if (!newer && (now & kCountMask) >= options_.events_a_second) return false;
    next = newer ? (second << kCountBits) + 1 : now + 1;
  } while (!told_.compare_exchange_weak(now, next, std::memory_order_relaxed));
  return true;
}

void MessageTap::Start() {
  for (LineOutput* output : {events_.get(), packets_.get()}) {
    if (output != nullptr) output->Start();
  }
  if (flight_ != nullptr) flight_->Start();
}

void MessageTap::PassOn(size_t worker) {
  for (LineOutput* output : {events_.get(), packets_.get()}) {
    if (output != nullptr) output->PassOn(worker);
  }
}

absl::Status MessageTap::Close() {
  absl::Status first;
  for (LineOutput* output : {events_.get(), packets_.get()}) {
    if (output == nullptr) continue;
    const absl::Status status = output->Close();
    if (first.ok()) first = status;
  }
  if (flight_ != nullptr) flight_->Close();
  return first;
}

MessageTapCounts MessageTap::counts() const {
  MessageTapCounts sum;
  for (const auto& lane : lanes_) {
    sum.written += lane->written.value();
    sum.rate_limited += lane->rate_limited.value();
    sum.no_room += lane->no_room.value();
    sum.packets += lane->packets.value();
    sum.packets_lost += lane->packets_lost.value();
    sum.left_out += lane->left_out.value();
  }
  return sum;
}

}  // namespace rcodescope
