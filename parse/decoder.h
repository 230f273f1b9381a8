// Frames in, observations out: one decoder per worker.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <span>

#include "capture/packet.h"
#include "parse/dns_message.h"
#include "parse/frame.h"
#include "parse/observation_batch.h"

namespace rcodescope {

// What a decoder has counted since its start. All counts only grow.
struct DecoderStats {
  std::array<uint64_t, kDispositions> dispositions{};  // of frames
  std::array<uint64_t, kMalformedReasons> malformed{};
  AnomalyCounts anomalies{};
  uint64_t messages = 0;  // observations given out

  uint64_t frames() const {
    uint64_t sum = 0;
    for (const uint64_t count : dispositions) sum += count;
    return sum;
  }
};

// The UDP and TCP ports that carry DNS.
class DnsPorts {
 public:
  explicit DnsPorts(std::span<const uint16_t> ports) {
    for (const uint16_t port : ports) set_.set(port);
  }
  bool Contains(uint16_t port) const { return set_[port]; }
  // Without a branch: which of the two it is nobody can foresee.
  bool ContainsEither(uint16_t one, uint16_t other) const { return set_[one] | set_[other]; }

 private:
  std::bitset<65'536> set_;
};

// Not thread-safe. No allocation, no exception after construction.
class Decoder {
 public:
  // `ports` and `sink` are borrowed.
  Decoder(const DnsPorts& ports, ObservationSink& sink) : ports_(ports), sink_(sink) {}

  // One frame ends in exactly one disposition and gives 0 or more observations, which reach the
  // sink no later than the next Flush.
  void Decode(const Packet& packet);

  // To be called before the packets decoded so far become invalid.
  void Flush();

  const DecoderStats& stats() const { return stats_; }

 private:
  Disposition DecodeFrame(const Packet& packet);
  Disposition OtherPort(const Segment& segment) const;
  Disposition DecodeUdp(const Packet& packet, const Segment& segment);
  Disposition DecodeTcp(const Packet& packet, const Segment& segment);
  void DecodeOne(const Packet& packet, const Segment& segment, Cursor message);

  const DnsPorts& ports_;
  ObservationSink& sink_;
  ObservationBatch batch_;
  DecoderStats stats_;
};

}  // namespace rcodescope
