// The counting half of a worker: observations in, deltas out.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "aggregate/shard.h"
#include "aggregate/zone_policy.h"
#include "parse/observation_batch.h"

namespace rcodescope {

struct RecorderOptions {
  int64_t window = kNanosPerSecond;  // ns
  int client_prefix_v4 = 32;         // bits of a client's address that are its key
  int client_prefix_v6 = 128;
};

// Owned by one worker thread. When a delta is full or its window over, it is handed over; when the
// collector is behind, the worker waits, so that a replay loses nothing.
class Recorder final : public ObservationSink {
 public:
  // `shard` and `zones` are borrowed.
  Recorder(const RecorderOptions& options, const ZonePolicy& zones, Shard& shard);

  // To be called before the frames of a batch are decoded, with the batch's clock. True when that
  // begins another window.
  bool Advance(Timestamp now);
  // When the window began that is being counted, in source time.
  Timestamp window_begin() const { return {window_->window * options_.window}; }

  void Consume(const ObservationBatch& batch) override;

  // Hands over what is left. Nothing may follow.
  void Finish();

  uint64_t messages() const { return messages_; }  // consumed so far

 private:
  // Where one response is counted. Three passes over a batch, so that memory is waited for
  // together: locate all, find all, count all.
  struct Place {
    LocatedKey server, zone, client;
    NameRef zone_name;
  };

  void MakeRoom(size_t messages);
  size_t Divide(std::span<const Observation> messages);
  void Locate(const Observation& response, Place& place);
  void Find(Place& place);
  void Count(const Observation& response, const Place& place);
  void HandOverWindow();
  void HandOverKeys();
  KeyCounts& table(Dimension dimension) {
    return keys_->dimensions[static_cast<size_t>(dimension)];
  }

  RecorderOptions options_;
  const ZonePolicy& zones_;
  Shard& shard_;
  WindowDelta* window_;
  KeyDelta* keys_;
  uint64_t messages_ = 0;

  // Of the batch at hand: its queries and responses, and the responses' places.
  std::array<const Observation*, ObservationBatch::kCapacity + 1> queries_;
  std::array<const Observation*, ObservationBatch::kCapacity + 1> responses_;
  std::array<Place, ObservationBatch::kCapacity> places_;
};

}  // namespace rcodescope
