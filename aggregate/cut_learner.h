// The collector's knowledge of zone cuts, and how workers come by it.
//
// Workers put what they learn into their window's delta; the learner merges it, and posts a table
// on the board. A cut of window w is in force from w + 2 on, in every worker, whenever it was
// learned by whom: its entry says so itself, so that a table that knows more than it must changes
// nothing.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "aggregate/zone_cuts.h"
#include "aggregate/zone_evidence.h"
#include "capture/packet.h"

namespace rcodescope {

// Where the collector puts tables and workers take them from, once a window. Thread-safe.
class CutBoard {
 public:
  static constexpr int64_t kNoWindow = std::numeric_limits<int64_t>::min();

  struct Posting {
    std::shared_ptr<const ZoneCuts> cuts;  // null: none yet
    // All that was learned in windows before this one is in it.
    int64_t complete = kNoWindow;
  };

  // `workers`: how many take from it. `secret`: the key of hashes of servers and zones.
  CutBoard(size_t workers, uint64_t secret) : workers_(workers), secret_(secret) {}

  void Post(const Posting& posting);
  Posting Latest() const;
  // Waits until all is in it that was learned in windows before `complete`.
  Posting Await(int64_t complete) const;

  // Whether one worker takes from it, which then knows by itself that nothing is new.
  bool sole() const { return workers_ == 1; }
  uint64_t secret() const { return secret_; }

 private:
  const size_t workers_;
  const uint64_t secret_;
  mutable std::mutex mutex_;
  mutable std::condition_variable posted_;
  Posting posting_;
};

struct CutLearnerOptions {
  size_t capacity = 0;               // cuts that can be known at a time
  int64_t window = kNanosPerSecond;  // ns
  uint64_t secret = 0;
};

// A cut is in force until 15 minutes of source time, or 4 windows if that is more, have passed
// since it was last taken in; one that is seen all the time is taken in anew every quarter of that.
// One thread.
class CutLearner {
 public:
  // What a cut takes at most, in what is known and in the two tables there can be at a time.
  static constexpr size_t kCutBytes = 512;

  explicit CutLearner(const CutLearnerOptions& options);

  // What a worker learned in a window.
  void Add(int64_t window, std::span<const CutEvidence> cuts);

  // Takes in what was learned in windows before `complete`, of which no more will come, and forgets
  // what has expired. True when table() is another one.
  bool Close(int64_t complete);

  // Null before the first cut.
  const std::shared_ptr<const ZoneCuts>& table() const { return table_; }
  size_t tracked() const { return known_.size(); }
  size_t capacity() const { return options_.capacity; }
  uint64_t refused() const { return refused_; }  // cuts that found no room

 private:
  struct Known {
    ZoneCut cut;
    int64_t seen = 0;  // the last window
  };

  // Beyond so many, what live workers told is taken in although some worker is late.
  static constexpr size_t kMostPending = 8;

  void Take(int64_t window, const CutEvidence& evidence);
  void Forget(int64_t before);
  void Build();

  CutLearnerOptions options_;
  int64_t lifetime_;                                     // windows
  std::map<int64_t, std::vector<CutEvidence>> pending_;  // by window
  std::unordered_map<uint64_t, Known> known_;            // by ZoneCuts::KeyOf
  int64_t newest_ = CutBoard::kNoWindow;                 // window that anything came of
  uint64_t refused_ = 0;
  bool changed_ = false;
  std::shared_ptr<const ZoneCuts> table_;
};

}  // namespace rcodescope
