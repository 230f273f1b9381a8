// What each stage of the packet path costs: Google Benchmark over generated traffic in memory.
// Figures are per packet; read them as ratios to each other within one run.
#include <cstdio>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>

#include "aggregate/collector.h"
#include "aggregate/recorder.h"
#include "app/pipeline.h"
#include "bench/traffic_generator.h"
#include "parse/decoder.h"

namespace rcodescope {
namespace {

constexpr size_t kPackets = 200'000;
constexpr uint64_t kMemory = uint64_t{64} << 20;
constexpr uint64_t kSecret = 1;

// Generated frames, kept in memory.
class Traffic {
 public:
  Traffic() {
    TrafficGenerator generator{TrafficOptions{}};
    packets_.reserve(kPackets);
    std::vector<size_t> offsets;
    for (size_t i = 0; i < kPackets; ++i) {
      const Packet packet = generator.Next();
      offsets.push_back(bytes_.size());
      bytes_.insert(bytes_.end(), packet.data, packet.data + packet.captured);
      packets_.push_back(packet);
    }
    for (size_t i = 0; i < kPackets; ++i) packets_[i].data = bytes_.data() + offsets[i];
  }

  const std::vector<Packet>& packets() const { return packets_; }

  static const Traffic& Get() {
    static const Traffic traffic;
    return traffic;
  }

 private:
  std::vector<std::byte> bytes_;
  std::vector<Packet> packets_;
};

// Gives the traffic out in batches, `rounds` times.
class MemorySource final : public PacketSource {
 public:
  explicit MemorySource(int rounds = 1) : rounds_(rounds) {}

  PollResult Poll(PacketBatch& batch) override {
    const auto& packets = Traffic::Get().packets();
    if (next_ == packets.size()) {
      next_ = 0;
      --rounds_;
    }
    if (rounds_ == 0) return PollResult::kEnd;
    batch.size = std::min(PacketBatch::kCapacity, packets.size() - next_);
    std::copy_n(packets.begin() + static_cast<std::ptrdiff_t>(next_), batch.size,
                batch.packets.begin());
    next_ += batch.size;
    batch.now = batch.packets[batch.size - 1].time;
    stats_.seen += batch.size;
    return PollResult::kPackets;
  }
  const CaptureStats& Stats() const override { return stats_; }

 private:
  int rounds_;
  size_t next_ = 0;
  CaptureStats stats_;
};

class NullSink final : public ObservationSink {
 public:
  void Consume(const ObservationBatch& batch) override { benchmark::DoNotOptimize(batch.size()); }
};

void CountPackets(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * int64_t{kPackets});
}

FrameOptions DnsFrames() {
  static constexpr std::array<uint16_t, 1> kPorts = {kDnsPort};
  static const PortSet ports(kPorts);
  return {.dns_ports = &ports};
}

// The floor: one byte of each frame's DNS header.
void Touch(benchmark::State& state) {
  for (auto _ : state) {
    unsigned sum = 0;
    for (const Packet& packet : Traffic::Get().packets()) {
      sum += std::to_integer<unsigned>(packet.data[packet.captured / 2]);
    }
    benchmark::DoNotOptimize(sum);
  }
  CountPackets(state);
}
BENCHMARK(Touch);

void Dissect(benchmark::State& state) {
  const FrameOptions options = DnsFrames();
  Dissection dissection;
  for (auto _ : state) {
    for (const Packet& packet : Traffic::Get().packets()) {
      benchmark::DoNotOptimize(DissectFrame(packet, options, dissection));
    }
  }
  CountPackets(state);
}
BENCHMARK(Dissect);

void Parse(benchmark::State& state) {
  NullSink sink;
  const auto decoder = std::make_unique<Decoder>(DecoderOptions{.frames = DnsFrames()}, sink);
  for (auto _ : state) {
    for (const Packet& packet : Traffic::Get().packets()) decoder->Decode(packet);
    decoder->Flush();
  }
  CountPackets(state);
}
BENCHMARK(Parse);

// Observations, decoded beforehand, into a shard whose collector keeps up.
void Record(benchmark::State& state) {
  struct Keep final : ObservationSink {
    std::vector<std::unique_ptr<ObservationBatch>> batches;
    void Consume(const ObservationBatch& batch) override {
      // Names point into the batch they came with, so that is kept whole and decoded into again.
      batches.push_back(std::make_unique<ObservationBatch>());
      for (const Observation& message : batch.observations()) {
        ObservationBatch& kept = *batches.back();
        Observation& copy = kept.Add();
        copy = message;
        uint8_t* room = kept.NameRoom();
        if (!message.qname.empty()) std::memcpy(room, message.qname.data, message.qname.size);
        copy.qname.data = room;
        kept.Keep(copy.qname);
      }
    }
  } keep;
  const auto decoder = std::make_unique<Decoder>(DecoderOptions{.frames = DnsFrames()}, keep);
  for (const Packet& packet : Traffic::Get().packets()) decoder->Decode(packet);
  decoder->Flush();

  const ZonePolicy zones = ZonePolicy::ByLabels(2);
  Bell bell;
  std::vector<std::unique_ptr<Shard>> shards;
  shards.push_back(std::make_unique<Shard>(bell, kMemory, kSecret));
  Collector collector({.key_bytes = kMemory, .secret = kSecret}, bell, shards);
  std::thread collecting([&] { collector.Run(); });
  Recorder recorder({}, zones, *shards[0]);
  for (auto _ : state) {
    for (const auto& batch : keep.batches) recorder.Consume(*batch);
  }
  recorder.Finish({});
  collecting.join();
  CountPackets(state);
}
BENCHMARK(Record);

void Pipeline(benchmark::State& state) {
  const ZonePolicy zones = ZonePolicy::ByLabels(2);
  const auto workers = static_cast<size_t>(state.range(0));
  constexpr int kRounds = 10;
  for (auto _ : state) {
    MemorySource source(kRounds);
    const PipelineOptions options{.workers = workers, .hash_key = kSecret};
    benchmark::DoNotOptimize(RunPipeline(source, DnsFrames(), zones, options).response_total);
  }
  state.SetItemsProcessed(state.iterations() * int64_t{kPackets} * kRounds);
}
BENCHMARK(Pipeline)->Arg(1)->Arg(2)->UseRealTime()->MeasureProcessCPUTime();

}  // namespace
}  // namespace rcodescope

BENCHMARK_MAIN();
