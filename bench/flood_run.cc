#include "bench/flood_run.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <memory>

#include <unistd.h>

#include "bench/frames.h"
#include "parse/protocol.h"

namespace rcodescope {
namespace {

constexpr uint64_t kSecret = 1;
// Of 64 mixed frames as many are honest where three in four are the flood's.
constexpr size_t kHonestBatch = PacketBatch::kCapacity / 4;

uint64_t ResidentBytes() {
  unsigned long all = 0;
  unsigned long resident = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  const bool read = std::fscanf(file, "%lu %lu", &all, &resident) == 2;
  std::fclose(file);
  return read ? resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

// Counts the messages that no flood sent.
class HonestSink final : public ObservationSink {
 public:
  void Consume(const ObservationBatch& batch) override {
    for (const Observation& seen : batch.observations()) {
      const bool from_flood =
          seen.family == Family::kIpv4 && (IsFloodSource(seen.client.Bytes(Family::kIpv4)) ||
                                           IsFloodSource(seen.server.Bytes(Family::kIpv4)));
      if (!from_flood) ++messages;
    }
  }
  uint64_t messages = 0;
};

// Gives a flood's frames out in batches.
class FloodSource {
 public:
  explicit FloodSource(const FloodKind& kind) : kind_(kind) {}

  void Decode(size_t frames, Timestamp time, Decoder& decoder) {
    while (frames > 0) {
      const size_t size = std::min(frames, PacketBatch::kCapacity);
      for (size_t i = 0; i < size; ++i) packets_[i] = Next(i, time);
      std::for_each_n(packets_.begin(), size, [&](const Packet& p) { decoder.Decode(p); });
      decoder.Flush();
      frames -= size;
    }
  }

 private:
  Packet Next(size_t place, Timestamp time) {
    ByteWriter out(bytes_[place]);
    kind_.write(number_++, out);
    const auto size = static_cast<uint32_t>(out.size());
    return {.data = bytes_[place].data(),
            .time = time,
            .frame = number_,
            .captured = size,
            .wire = size,
            .link_type = LinkType::kEthernet};
  }

  const FloodKind& kind_;
  uint64_t number_ = 0;
  std::array<std::array<std::byte, kLargestFrame>, PacketBatch::kCapacity> bytes_;
  std::array<Packet, PacketBatch::kCapacity> packets_;
};

}  // namespace

HonestTraffic::HonestTraffic(size_t frames) {
  TrafficGenerator generator{TrafficOptions{}};
  packets_.reserve(frames);
  std::vector<size_t> offsets;
  for (size_t i = 0; i < frames; ++i) {
    const Packet packet = generator.Next();
    offsets.push_back(bytes_.size());
    bytes_.insert(bytes_.end(), packet.data, packet.data + packet.captured);
    packets_.push_back(packet);
  }
  for (size_t i = 0; i < frames; ++i) packets_[i].data = bytes_.data() + offsets[i];
  const MessageCounts& complete = generator.ledger().complete;
  messages_ = complete.queries + complete.responses;
}

FloodResult RunFlood(const HonestTraffic& traffic, const FloodOptions& options,
                     const std::function<void(const std::function<void()>&)>& honest) {
  static constexpr std::array<uint16_t, 1> kPorts = {kDnsPort};
  const PortSet ports(kPorts);
  HonestSink sink;
  const auto decoder =
      std::make_unique<Decoder>(DecoderOptions{.frames = {.dns_ports = &ports},
                                               .fragment_bytes = options.fragment_bytes,
                                               .tcp_bytes = options.tcp_bytes,
                                               .secret = kSecret},
                                sink);
  std::unique_ptr<FloodSource> flood;
  if (options.kind != nullptr) flood = std::make_unique<FloodSource>(*options.kind);

  FloodResult result;
  const std::vector<Packet>& packets = traffic.packets();
  size_t flooded = 0;
  int64_t second = 0;
  for (size_t at = 0; at < packets.size(); at += kHonestBatch) {
    const size_t end = std::min(packets.size(), at + kHonestBatch);
    const Timestamp now = packets[at].time;
    if (SliceOf(now, kNanosPerSecond) != second) decoder->Expire(now);
    second = SliceOf(now, kNanosPerSecond);
    honest([&] {
      for (size_t i = at; i < end; ++i) decoder->Decode(packets[i]);
      decoder->Flush();
    });
    const size_t due = options.frames * end / packets.size();
    if (flood != nullptr) flood->Decode(due - flooded, now, *decoder);
    flooded = due;
    if (at <= packets.size() / 2) result.resident_half_way = ResidentBytes();
  }
  result.resident = ResidentBytes();
  decoder->Finish();
  result.frames = packets.size() + (flood == nullptr ? 0 : flooded);
  result.honest_messages = sink.messages;
  result.decoder = decoder->stats();
  result.held = decoder->held();
  result.reassembly = decoder->reassembly();
  return result;
}

}  // namespace rcodescope
