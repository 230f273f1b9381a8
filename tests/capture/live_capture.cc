#include "tests/capture/live_capture.h"

#include <utility>

namespace rcodescope {

bool WaitFor(const std::function<bool()>& condition, std::chrono::milliseconds patience) {
  const auto end = SteadyClock::now() + patience;
  while (!condition()) {
    if (SteadyClock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

Bytes NumberedFrame(uint32_t number, uint16_t client_port) {
  return Ethernet(
      Ipv4(Udp(Wire(DnsMessage{.trailing = U32(number)}), {.destination = client_port})));
}

uint32_t NumberOf(const Bytes& frame) {
  uint32_t number = 0;
  for (size_t i = frame.size() - 4; i < frame.size(); ++i) {
    number = number << 8 | std::to_integer<uint32_t>(frame[i]);
  }
  return number;
}

QueueRunner::QueueRunner(LiveCapture& capture, Options options)
    : capture_(capture), options_(std::move(options)), results_(capture.queues()) {
  for (size_t i = 0; i < capture.queues(); ++i) {
    threads_.emplace_back([this, i] { Run(i, capture_.queue(i)); });
  }
}

void QueueRunner::Run(size_t number, PacketSource& queue) {
  if (options_.begin) options_.begin();
  Result& result = results_[number];
  PacketBatch batch;
  Timestamp now;
  while (queue.Poll(batch) == PollResult::kPackets) {
    ++result.batches;
    result.now_went_back |= batch.now < now;
    now = batch.now;
    for (size_t i = 0; i < batch.size; ++i) {
      const Packet& packet = batch.packets[i];
      if (!options_.keep) continue;
      result.frames.push_back(
          {packet, Bytes(packet.data, packet.data + packet.captured), batch.now});
    }
    seen_ += batch.size;
    if (options_.delay) options_.delay(number, queue.Stats().seen);
  }
  result.stats = queue.Stats();
}

std::chrono::milliseconds QueueRunner::Stop() {
  const auto begin = SteadyClock::now();
  if (!threads_.empty()) capture_.Stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  return std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - begin);
}

uint64_t QueueRunner::offered() const {
  uint64_t sum = 0;
  for (const Result& result : results_) sum += result.stats.offered.value_or(0);
  return sum;
}

uint64_t QueueRunner::dropped() const {
  uint64_t sum = 0;
  for (const Result& result : results_) {
    for (const DropStage stage : {DropStage::kKernel, DropStage::kRing}) {
      sum += result.stats.dropped[static_cast<size_t>(stage)].value_or(0);
    }
  }
  return sum;
}

int64_t QueueRunner::residual() const {
  int64_t records = 0;
  for (const Result& result : results_) {
    records += static_cast<int64_t>(result.stats.records + result.stats.backlog);
  }
  return static_cast<int64_t>(offered()) - records - static_cast<int64_t>(dropped());
}

}  // namespace rcodescope
