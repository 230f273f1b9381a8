// Traffic with known contents, built in code, and a packet source that gives it out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "aggregate/snapshot.h"
#include "capture/intake.h"
#include "capture/source.h"
#include "tests/support/wire.h"

namespace rcodescope {

struct TimedFrame {
  Timestamp time;
  Bytes bytes;
};

struct TrafficShape {
  size_t exchanges = 1000;  // a query and its response each
  size_t clients = 40;      // every third one has an IPv6 address
  size_t servers = 6;
  size_t zones = 25;
  // The last label of the zone's name before "com.", repeated to this size: 0 for short ones.
  size_t zone_label = 0;
  int64_t spacing = 7'000'000;  // ns between two exchanges
};

using RcodeCounts = std::map<Rcode, uint64_t>;

// What is in the frames, counted when they were made.
struct Traffic {
  std::vector<TimedFrame> frames;
  uint64_t queries = 0;
  uint64_t responses = 0;
  RcodeCounts rcodes;
  // Responses by key as a report shows it. Zones by public suffix; those without a question are
  // not in the third.
  std::array<std::map<std::string, RcodeCounts>, kDimensions> keys;
};

// UDP and TCP, IPv4 and IPv6, plain, extended and TSIG codes, an Extended DNS Error, UPDATE,
// messages without a question, frames that are not DNS, a gap of 40 s in the middle and a late
// frame behind it.
Traffic MakeTraffic(const TrafficShape& shape);

// Gives frames out as a file would: through the intake, in batches of one slice, whose bytes are
// overwritten by the next Poll. The frames are borrowed.
class MemorySource final : public PacketSource {
 public:
  explicit MemorySource(const std::vector<TimedFrame>& frames, int64_t slice = kNanosPerSecond);

  PollResult Poll(PacketBatch& batch) override;
  const CaptureStats& Stats() const override { return intake_.stats(); }

 private:
  const std::vector<TimedFrame>& frames_;
  Intake intake_;
  size_t next_ = 0;
  std::vector<std::byte> bytes_;  // of the batch
};

}  // namespace rcodescope
