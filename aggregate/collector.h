// The one thread that takes deltas from all workers and keeps the totals of all time.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <tuple>
#include <vector>

#include "aggregate/key_counts.h"
#include "aggregate/series.h"
#include "aggregate/shard.h"
#include "aggregate/snapshot.h"

namespace rcodescope {

struct CollectorOptions {
  int64_t window = kNanosPerSecond;  // ns
  uint64_t key_bytes = 0;            // memory for the keys of all time
  size_t top = 500;                  // keys listed per dimension
  uint64_t secret = 0;
};

// Run by one thread; Build by the same, or after it has ended.
class Collector {
 public:
  // `bell` and `shards` are borrowed; one shard a worker.
  Collector(const CollectorOptions& options, Bell& bell,
            std::span<const std::unique_ptr<Shard>> shards);

  // False when the system refused the memory; then nothing else may be called.
  bool usable() const { return keys_.usable(); }

  // Collects until every worker has finished.
  void Run();

  // Everything collected. The caller adds what the sources and decoders know: frames, malformed,
  // anomalies, times, sources.
  Snapshot Build() const;

 private:
  using ResponseKey = std::tuple<Rcode, Certainty, Opcode, Transport, Family>;
  using QueryKey = std::tuple<uint16_t, Opcode, Transport, Family>;

  bool CollectFrom(Shard& shard);
  void Merge(const WindowDelta& delta);
  void Merge(const KeyDelta& delta);
  // Unassigned TSIG and TKEY errors can be 65,536 each. The kMostErrorCodes smallest of those that
  // came keep their number, whatever the order in which they came; the others are kOtherCode.
  Rcode Limited(Rcode rcode) const;
  void Admit(Rcode rcode);
  void Fold(Rcode from, Rcode to);
  DimensionCount BuildDimension(Dimension dimension) const;

  CollectorOptions options_;
  Bell& bell_;
  std::span<const std::unique_ptr<Shard>> shards_;

  std::map<ResponseKey, uint64_t> responses_;
  std::map<QueryKey, uint64_t> queries_;
  std::map<std::pair<uint16_t, Rcode>, uint64_t> ede_;
  std::array<std::set<uint16_t>, kRcodeSpaces> error_codes_;  // unassigned ones, tsig and tkey
  uint64_t query_total_ = 0;
  uint64_t response_total_ = 0;
  std::array<uint64_t, 16> header_rcodes_{};
  std::array<uint64_t, kAnswerKinds> answer_kinds_{};
  std::array<uint64_t, kLow4Reasons> low4_reasons_{};
  Series series_;
  KeyDelta keys_;  // of all time
};

}  // namespace rcodescope
