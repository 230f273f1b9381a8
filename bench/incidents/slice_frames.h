// A slice as the frames that a tap would see: for each response a query, a few milliseconds before.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "bench/frames.h"
#include "bench/incidents/sensor.h"
#include "bench/incidents/slice.h"
#include "bench/random.h"
#include "capture/packet.h"

namespace rcodescope {

struct SliceFrame {
  Timestamp time;
  size_t size = 0;
  std::array<std::byte, kLargestFrame> bytes;
};

// Not thread-safe. The sensor is borrowed.
class SliceFrames {
 public:
  SliceFrames(const Sensor& sensor, uint64_t seed) : sensor_(sensor), random_(seed) {}

  // In order of time, valid until the next call. UDP over the addresses of the cells.
  const std::vector<SliceFrame>& Of(const Slice& slice);

 private:
  void AddExchange(const Slice& slice, const Cell& cell);
  size_t WriteMessage(const Cell& cell, std::string_view label, uint16_t id, bool response,
                      std::span<std::byte> buffer);
  std::string Label(const Cell& cell);
  SliceFrame& NewFrame(Timestamp time);

  const Sensor& sensor_;
  Random random_;
  std::vector<SliceFrame> frames_;
};

}  // namespace rcodescope
