// Counters of a changing selection of keys, for a page that others read again and again and take
// rates of: no series ever decreases, and over any time the increments of all keys and `other` are
// those of all responses.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <unordered_map>
#include <vector>

#include "aggregate/key_counts.h"
#include "aggregate/key_labels.h"
#include "aggregate/recent_keys.h"
#include "aggregate/snapshot.h"

namespace rcodescope {

struct KeySeriesOptions {
  size_t top = 500;    // keys on the page, beside those that are leaving it
  int64_t tenure = 1;  // epochs; at least twice what the slowest reader takes between two readings
  KeyLabels labels;
};

// Whoever reads a counter now and then sees increments only of what it has seen before. So a key,
// or a code that is new on a key, first stands on the page with 0 for a tenure while its responses
// are still credited to `other`, and with its own from then on. A key that leaves is frozen for a
// tenure, with `other` credited; then it is off the page for another, so that everybody has seen it
// gone, and what it had is in `retired`. One that is wanted again while it is frozen goes on; one
// that comes back after it was gone begins at 0, as counters do after a restart. Each response is
// thus credited once, to one series, when it comes. What is there at the first update nobody has
// seen before; it stands with all it has.
//
// There are at most twice `top` keys on the page: while as many are leaving as may stay, no other
// leaves. `top` is at most a quarter of what the table can hold, so that those on the page, which
// it is asked to hold (keys()), are no more than half of it.
//
// Work and memory grow with the keys held by the table. One thread.
class KeySeries {
 public:
  KeySeries(Dimension dimension, const KeySeriesOptions& options);

  // What one worker counted since the last update, with what others did: half of
  // those on the page are who has most of late, half who has most of all time.
  void Note(const KeyCounts& delta) { recent_.Add(delta); }

  // At the end of an epoch, with the table of all time. Epochs may be left out, but none comes
  // again. Between two updates, the table must have held keys(). `shown_as` maps a code to the one
  // it is listed under.
  ExportedKeys Update(const KeyCounts& table, int64_t epoch,
                      const std::function<Rcode(Rcode)>& shown_as);

  // Those on the page, in no order.
  std::vector<CountKey> keys() const;

 private:
  using Codes = std::map<Rcode, uint64_t>;

  // One code of one key.
  struct Counter {
    bool counting = false;
    int64_t due = 0;     // not counting: when it begins
    uint64_t base = 0;   // responses that are not its own
    uint64_t value = 0;  // on the page
  };
  enum class Phase : uint8_t { kOn, kResumed, kFrozen, kGone };
  struct Key {
    Phase phase = Phase::kOn;
    int64_t due = 0;  // when kFrozen or kGone ends
    std::map<Rcode, Counter> codes;
  };

  std::vector<size_t> Wanted(const KeyCounts& table, size_t top) const;
  void Retire(int64_t epoch);
  void Choose(const KeyCounts& table, int64_t epoch);
  void Freeze(const KeyCounts& table, const std::vector<size_t>& chosen, size_t most,
              int64_t epoch);
  void Advance(Key& key, const Codes& counts, int64_t epoch);

  Dimension dimension_;
  KeySeriesOptions options_;
  bool begun_ = false;
  size_t staying_ = 0;  // keys that are neither frozen nor gone
  size_t leaving_ = 0;  // frozen ones
  uint64_t admitted_ = 0;
  uint64_t evicted_ = 0;
  std::unordered_map<CountKey, Key, CountKeyHash> keys_;
  RecentKeys recent_;
  Codes retired_;
};

}  // namespace rcodescope
