// All workers' deltas of one slice of time, put together to the windows that spikes are found in.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "aggregate/distinct_count.h"
#include "aggregate/key_labels.h"
#include "aggregate/key_texts.h"
#include "aggregate/shard.h"
#include "aggregate/window.h"

namespace rcodescope {

// Not thread-safe. A window without any message is left out. Where a delta goes on to later slices
// than the one in which it began, the window does, for all workers.
class WindowAssembler {
 public:
  // `window`: ns. `sites`: SiteTable's names; empty: none are told apart.
  WindowAssembler(int64_t window, std::vector<std::string> sites, const KeyLabels& labels = {})
      : window_(window), site_names_(std::move(sites)), texts_(labels) {}

  void Add(const WindowDelta& delta);

  // Gives `take` the windows before slice `complete`, in their order. `completeness`: see Window.
  void Close(int64_t complete, double completeness, const std::function<void(const Window&)>& take);

  // What the windows had no room for so far; 0 while windows do not depend on the workers.
  const WindowKeys::Overflow& overflow() const { return overflow_; }

 private:
  struct ServerCount {
    IpAddress server;
    RcodeCount count;
  };
  struct Spread {
    Rcode rcode;
    KeyText zone;
    RoughCount clients;
    RoughCount names;
  };
  // Rows of all workers, of which some may have the same keys until the window is made.
  struct Slice {
    int64_t last = 0;
    std::map<Rcode, uint64_t> rcodes;
    std::map<size_t, std::map<Rcode, uint64_t>> sites;
    std::vector<ServerCount> servers;
    std::vector<ErrorGroup> errors;
    std::vector<Spread> spread;
  };

  void AddKeys(const WindowKeys& keys, Slice& slice);
  Slice& At(int64_t first, int64_t last);
  static void Join(Slice& to, Slice&& from);
  void MakeWindow(int64_t first, Slice& slice);
  void ListServers(std::vector<ServerCount>& servers);
  void ListErrors(const Slice& slice);
  void ListSpread(std::vector<Spread>& spread);

  int64_t window_;
  std::vector<std::string> site_names_;
  KeyTexts texts_;
  std::map<int64_t, Slice> slices_;  // by their first
  Window made_;                      // the last one; its memory is used again
  // Of the delta at hand, by number.
  std::vector<KeyText> zones_;
  std::vector<KeyText> servers_;
  WindowKeys::Overflow overflow_;
};

}  // namespace rcodescope
