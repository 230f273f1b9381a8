// The counting half of a worker: observations in, deltas out.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "aggregate/cut_learner.h"
#include "aggregate/shard.h"
#include "aggregate/site_table.h"
#include "aggregate/zone_policy.h"
#include "parse/observation_batch.h"

namespace rcodescope {

struct RecorderOptions {
  int64_t window = kNanosPerSecond;  // ns
  int client_prefix_v4 = 32;         // bits of a client's address that are its key
  int client_prefix_v6 = 128;
  bool count_members = false;  // of the clients' networks, see KeyCounts::Mark
  int64_t epoch = 0;           // ns, a multiple of the window; 0: all of the input is one epoch
  // Whether the worker waits for a collector that is late. One that does not goes on with the delta
  // it has: the window or the epoch gets longer, and keys that find their table full are `other`.
  bool waits = true;
  const SiteTable* sites = nullptr;  // borrowed; null: none are told apart
};

// Owned by one worker thread. When a delta is full or its window over, it is handed over.
class Recorder final : public ObservationSink {
 public:
  // All but the options are borrowed. `board`: where the zone cuts are posted that all workers have
  // learned; null where none are learned.
  Recorder(const RecorderOptions& options, const ZonePolicy& zones, Shard& shard,
           const CutBoard* board = nullptr);

  // True when `now`, the clock of a batch, begins another window. To be asked, and if so answered
  // by Advance, before the frames of the batch are decoded. `ledger`: of the batches before it.
  bool Enters(Timestamp now) const { return now.ns >= slice_end_; }
  void Advance(Timestamp now, const WorkerLedger& ledger);

  // Whether an epoch may end before the input does.
  bool has_epochs() const { return options_.epoch != 0; }

  // When the window began that is being counted, in source time.
  Timestamp window_begin() const { return {slice_ * options_.window}; }

  void Consume(const ObservationBatch& batch) override;

  // Hands over what is left. Nothing may follow.
  void Finish(const WorkerLedger& ledger);

  uint64_t messages() const { return messages_; }  // consumed so far

  // By which the zones of the window that is being counted are decided.
  CutsInForce cuts_in_force() const { return {posted_.cuts.get(), slice_}; }

  // Takes from a response that is not counted what it tells of where zones begin, so that those
  // that are counted find the same zones as if all were.
  void Learn(const Observation& response);

 private:
  // Where one response is counted. Passes over a batch, so that memory is waited for together:
  // locate all, find all, count all; then add the errors.
  struct Place {
    LocatedKey server, zone, client;
    NameRef zone_name;
  };

  void MakeRoom(size_t messages);
  size_t Divide(std::span<const Observation> messages);
  void Locate(const Observation& response, Place& place);
  void Find(Place& place);
  void Count(const Observation& response, Place& place);
  void LocateError(const Observation& response, uint16_t server, const Place& place);
  void AddErrors();
  IpAddress ClientKey(const Observation& response) const;
  void MarkMember(const Observation& response, const Place& place);
  void HandOverWindow();
  void HandOverKeys();
  void TakeWindow();
  NameRef ZoneOf(const Observation& response);
  [[gnu::noinline]] NameRef DecidedZone(const Observation& response);
  void Teach(const Observation& response, const ZoneDecision& decision);
  void NoteTold();
  void TakeCuts();
  KeyCounts& table(Dimension dimension) {
    return keys_->dimensions[static_cast<size_t>(dimension)];
  }

  RecorderOptions options_;
  const ZonePolicy& zones_;
  Shard& shard_;
  std::optional<SiteFinder> sites_;
  const CutBoard* board_;
  CutBoard::Posting posted_;
  int64_t told_ = CutBoard::kNoWindow;  // the last window of which cuts were handed over
  WindowDelta* window_;
  KeyDelta* keys_;
  int64_t slice_ = 0;  // of the clock
  int64_t slice_end_ =
      std::numeric_limits<int64_t>::min();  // ns; before any time, all is behind it
  int64_t epoch_ = 0;                       // of the clock
  uint64_t messages_ = 0;

  // Of the batch at hand: its queries and responses, the responses' places, and its errors.
  std::array<const Observation*, ObservationBatch::kCapacity + 1> queries_;
  std::array<const Observation*, ObservationBatch::kCapacity + 1> responses_;
  std::array<Place, ObservationBatch::kCapacity> places_;
  std::array<WindowKeys::LocatedError, ObservationBatch::kCapacity> errors_;
  size_t error_count_ = 0;
};

}  // namespace rcodescope
