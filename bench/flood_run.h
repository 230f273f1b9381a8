// Generated traffic and a flood through one decoder, some frames of the one after some of the
// other, as in a batch that holds both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "bench/flood_frames.h"
#include "bench/traffic_generator.h"
#include "parse/decoder.h"

namespace rcodescope {

// Generated frames, kept in memory.
class HonestTraffic {
 public:
  explicit HonestTraffic(size_t frames);

  const std::vector<Packet>& packets() const { return packets_; }
  // DNS messages in them, as the generator counted them.
  uint64_t messages() const { return messages_; }

 private:
  std::vector<std::byte> bytes_;
  std::vector<Packet> packets_;
  uint64_t messages_ = 0;
};

struct FloodResult {
  uint64_t honest_messages = 0;  // of the traffic, that came out
  uint64_t frames = 0;           // given to the decoder
  DecoderStats decoder;          // when all had ended
  uint64_t held = 0;             // then
  ReassemblyCounts reassembly{};
  // Memory of the process that is real, in bytes: half-way through, and at the end.
  uint64_t resident_half_way = 0;
  uint64_t resident = 0;
};

struct FloodOptions {
  const FloodKind* kind = nullptr;  // null: undisturbed
  size_t frames = 0;                // of the flood, spread evenly
  // As a worker of a process with --memory 256MiB has them.
  size_t fragment_bytes = size_t{16} << 20;
  size_t tcp_bytes = size_t{32} << 20;
};

// `honest` is called with what decodes some frames of the traffic, to be called once: what it costs
// is what the traffic costs. It is not called for the flood's.
FloodResult RunFlood(const HonestTraffic& traffic, const FloodOptions& options,
                     const std::function<void(const std::function<void()>&)>& honest);

}  // namespace rcodescope
