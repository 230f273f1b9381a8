// The one thread that takes deltas from all workers and keeps the totals of all time.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "aggregate/cut_learner.h"
#include "aggregate/error_history.h"
#include "aggregate/key_counts.h"
#include "aggregate/key_labels.h"
#include "aggregate/key_series.h"
#include "aggregate/series.h"
#include "aggregate/shard.h"
#include "aggregate/snapshot.h"
#include "aggregate/spike_detector.h"
#include "aggregate/tap_counts.h"
#include "aggregate/tracked_keys.h"
#include "aggregate/unique_keys.h"
#include "aggregate/window_assembler.h"

namespace rcodescope {

// Takes what is known at a cut. Called by the collector's thread.
using CutSink = std::function<void(Snapshot)>;

// Is told when a window was looked at in which spikes go on or have ended. The same thread.
using SpikeSink = std::function<void(const SpikeDetector&)>;

struct CollectorOptions {
  int64_t window = kNanosPerSecond;  // ns
  uint64_t key_bytes = 0;            // memory for the keys of all time
  size_t top = 500;                  // keys listed per dimension
  uint64_t secret = 0;
  LabelOptions labels;
  int64_t tenure = 0;  // epochs, see KeySeries; 0: nobody reads before the end
  CutBoard* board =
      nullptr;      // borrowed; where learned zone cuts are posted; null: none are learned
  size_t cuts = 0;  // that are known at a time
  std::vector<std::string> sites;            // SiteTable's names; empty: none are told apart
  SpikeOptions spikes;                       // but for the window
  std::shared_ptr<const Baseline> baseline;  // that the detector begins with; null: none
  bool keep_baseline = false;                // in snapshots
  std::optional<ErrorRoom> errors;           // empty: nobody reads whose errors are whose
};

// An epoch ends when every worker has ended it: then everything collected is of one cut. What a
// worker hands over of later epochs waits until then. A worker that was not waited for ends two
// epochs in one; then all of them do, and there is one cut fewer.
//
// Run by one thread; Build by the same, or after it has ended.
class Collector {
 public:
  // `bell` and `shards` are borrowed; one shard a worker.
  Collector(const CollectorOptions& options, Bell& bell,
            std::span<const std::unique_ptr<Shard>> shards);

  // False when the system refused the memory; then nothing else may be called.
  bool usable() const;
  // Makes the memory for keys real.
  void Prefault() const;

  // Collects until every worker has finished. `cut` gets a snapshot at the end of every epoch, the
  // last one included, unless it is empty.
  void Run(const CutSink& cut = {}, const SpikeSink& spikes = {});

  // Everything collected, of the last cut. `sources`: what was given to the workers, where that was
  // counted before it was shared out; without, as their own sources counted. The names of sources
  // are the caller's to fill.
  Snapshot Build(std::span<const CaptureStats> sources = {});

 private:
  using ResponseKey = std::tuple<Rcode, Certainty, Opcode, Transport, Family>;
  using QueryKey = std::tuple<uint16_t, Opcode, Transport, Family>;

  // A worker's shard and how far it has come.
  struct Member {
    Shard* shard;
    int64_t ended = std::numeric_limits<int64_t>::min();  // the last epoch it has ended
    int64_t reached = CutBoard::kNoWindow;                // the window it is in
    WorkerLedger ledger;                                  // of then
  };

  bool CollectFrom(Member& member);
  bool EpochEnded() const;
  void Take(Member& member, const Delivery& delivery);
  void PostCuts(int64_t complete);
  void LookForSpikes(int64_t complete, const SpikeSink& spikes);
  void MeasureLoss();
  void Merge(const WindowDelta& delta);
  void Merge(const KeyDelta& delta);
  // Unassigned TSIG and TKEY errors can be 65,536 each. The kMostErrorCodes smallest of those that
  // came keep their number, whatever the order in which they came; the others are kOtherCode.
  Rcode Limited(Rcode rcode) const;
  void Admit(Rcode rcode);
  void Fold(Rcode from, Rcode to);
  void BuildKeys(Snapshot& snapshot);
  void BuildUnique(Snapshot& snapshot);
  UniqueCounts ResponsesByGroup() const;

  CollectorOptions options_;
  KeyLabels labels_;
  Bell& bell_;
  std::vector<Member> members_;
  int64_t epoch_ = std::numeric_limits<int64_t>::min() + 1;  // the one being collected

  std::map<ResponseKey, uint64_t> responses_;
  std::map<QueryKey, uint64_t> queries_;
  std::map<std::pair<uint16_t, Rcode>, uint64_t> ede_;
  std::array<std::set<uint16_t>, kRcodeSpaces> error_codes_;  // unassigned ones, tsig and tkey
  uint64_t query_total_ = 0;
  uint64_t response_total_ = 0;
  std::array<uint64_t, 16> header_rcodes_{};
  std::array<uint64_t, kAnswerKinds> answer_kinds_{};
  std::array<uint64_t, kLow4Reasons> low4_reasons_{};
  TransferCounts transfers_{};
  uint64_t nxdomain_via_cname_ = 0;
  TapTotals taps_;
  EvidenceRefusals evidence_refusals_{};
  CutLearner learner_;
  int64_t complete_ = CutBoard::kNoWindow;  // all windows before it are in learner_
  WindowAssembler windows_;
  SpikeDetector detector_;
  std::optional<ErrorHistory> errors_;
  size_t told_ = 0;          // findings that went on when they were told of last
  double completeness_ = 1;  // of the last epoch
  uint64_t seen_ = 0;        // at its end
  uint64_t dropped_ = 0;
  Series series_;
  std::array<TrackedKeys, kDimensions> keys_;  // of all time
  UniqueKeys unique_;                          // of the epoch
  UniqueKeys unique_in_all_;                   // as of the last snapshot
  UniqueCounts responses_before_{};            // the epoch
  std::vector<KeySeries> key_series_;  // by dimension; empty when nobody reads before the end
};

}  // namespace rcodescope
