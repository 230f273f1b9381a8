// All workers' deltas of one slice of time, put together to the windows that spikes are found in.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "aggregate/distinct_counter.h"
#include "aggregate/key_labels.h"
#include "aggregate/shard.h"
#include "aggregate/window.h"

namespace rcodescope {

// Not thread-safe. A window without any message is left out.
class WindowAssembler {
 public:
  // `window`: ns. `exact`: a delta is of the slice in which it began alone, as it is where workers
  // wait for the collector; else it may go on to the slice in which the worker is next, and then
  // the window does, for all workers.
  // `sites`: SiteTable's names; empty: none are told apart.
  WindowAssembler(int64_t window, bool exact, std::vector<std::string> sites, KeyLabels labels = {})
      : window_(window), exact_(exact), site_names_(std::move(sites)), labels_(std::move(labels)) {}

  // `reached`: the slice its worker is in now.
  void Add(const WindowDelta& delta, int64_t reached);

  // Gives `take` the windows before slice `complete`, in their order. `completeness`: see Window.
  void Close(int64_t complete, double completeness, const std::function<void(const Window&)>& take);

  // What the windows had no room for so far; 0 while windows do not depend on the workers.
  const WindowKeys::Overflow& overflow() const { return overflow_; }

 private:
  struct Spread {
    DistinctCounter clients;
    DistinctCounter names;
  };
  struct Slice {
    int64_t last = 0;
    std::map<Rcode, uint64_t> rcodes;
    std::map<IpAddress, std::map<Rcode, uint64_t>> servers;
    std::map<size_t, std::map<Rcode, uint64_t>> sites;
    std::vector<ErrorGroup> errors;
    std::map<std::pair<Rcode, std::string>, Spread> spread;
  };

  void AddKeys(const WindowKeys& keys, Slice& slice);
  Slice& At(int64_t first, int64_t last);
  static void Join(Slice& to, Slice&& from);
  Window WindowOf(int64_t first, Slice&& slice) const;

  int64_t window_;
  bool exact_;
  std::vector<std::string> site_names_;
  KeyLabels labels_;
  std::map<int64_t, Slice> slices_;  // by their first
  WindowKeys::Overflow overflow_;
};

}  // namespace rcodescope
