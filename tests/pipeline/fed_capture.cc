#include "tests/pipeline/fed_capture.h"

#include <algorithm>

#include "parse/flow_hasher.h"
#include "parse/protocol.h"

namespace rcodescope {

class FedCapture::Queue final : public PacketSource {
 public:
  Queue(FedCapture& capture, int64_t slice) : capture_(capture), intake_(slice, nullptr) {}

  PollResult Poll(PacketBatch& batch) override {
    intake_.Begin(batch);
    const Timestamp until = Wait();
    while (!intake_.full() && next_ < frames.size() && frames[next_]->time <= until) {
      const Bytes& bytes = frames[next_]->bytes;
      const Packet packet{.data = reinterpret_cast<const std::byte*>(bytes.data()),
                          .time = frames[next_]->time,
                          .captured = static_cast<uint32_t>(bytes.size()),
                          .wire = static_cast<uint32_t>(bytes.size()),
                          .link_type = LinkType::kEthernet};
      if (intake_.Offer(packet) == Intake::Verdict::kNextBatch) break;
      ++next_;
    }
    stats_ = intake_.stats();
    const auto arrived = std::partition_point(frames.begin(), frames.end(),
                                              [&](const auto* f) { return f->time <= until; });
    stats_.offered = static_cast<uint64_t>(arrived - frames.begin());
    stats_.backlog = *stats_.offered - next_;
    if (batch.size != 0) return PollResult::kPackets;
    if (ended_) return PollResult::kEnd;
    batch.now = until;
    return PollResult::kPackets;
  }
  const CaptureStats& Stats() const override { return stats_; }

  std::vector<const TimedFrame*> frames;
  bool held = false;  // under the capture's mutex

 private:
  // Until there is something to give out, or the idle wait is over. Answers with the clock.
  Timestamp Wait() {
    std::unique_lock lock(capture_.mutex_);
    do {
      capture_.changed_.wait_for(lock, kIdleWait, [this] {
        const bool ready = next_ < frames.size() && frames[next_]->time <= capture_.arrived_;
        return !held && (ready || capture_.stopped_ || capture_.arrived_ > told_);
      });
    } while (held);
    ended_ = capture_.stopped_;
    return told_ = capture_.arrived_;
  }

  FedCapture& capture_;
  Intake intake_;
  CaptureStats stats_;
  size_t next_ = 0;
  Timestamp told_;
  bool ended_ = false;
};

FedCapture::FedCapture(const std::vector<TimedFrame>& frames, size_t queues, int64_t slice) {
  for (size_t i = 0; i < queues; ++i) queues_.push_back(std::make_unique<Queue>(*this, slice));
  const PortSet ports(std::vector<uint16_t>{kDnsPort});
  FlowHasher flows({.dns_ports = &ports}, 1);
  for (const TimedFrame& frame : frames) {
    const Packet packet{.data = reinterpret_cast<const std::byte*>(frame.bytes.data()),
                        .captured = static_cast<uint32_t>(frame.bytes.size()),
                        .wire = static_cast<uint32_t>(frame.bytes.size()),
                        .link_type = LinkType::kEthernet};
    const Flow flow = flows.Of(packet);
    queues_[flow.WorkerOf(queues)]->frames.push_back(&frame);
  }
  for (const auto& queue : queues_) {
    std::stable_sort(queue->frames.begin(), queue->frames.end(),
                     [](const auto* a, const auto* b) { return a->time < b->time; });
  }
}

FedCapture::~FedCapture() = default;

PacketSource& FedCapture::queue(size_t index) { return *queues_[index]; }

void FedCapture::ArriveUntil(Timestamp time) {
  const std::lock_guard lock(mutex_);
  arrived_ = time;
  changed_.notify_all();
}

void FedCapture::Hold(size_t queue) {
  const std::lock_guard lock(mutex_);
  queues_[queue]->held = true;
}

void FedCapture::Resume(size_t queue) {
  const std::lock_guard lock(mutex_);
  queues_[queue]->held = false;
  changed_.notify_all();
}

void FedCapture::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace rcodescope
