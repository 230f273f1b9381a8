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
#include "aggregate/text_index.h"
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
  struct Spread {
    Rcode rcode;
    KeyText zone;
    RoughCount clients;
    RoughCount names;
  };
  // Of all workers. Error groups, and spreads, may have the same keys until the window is made.
  struct Slice {
    int64_t last = 0;
    std::map<Rcode, uint64_t> rcodes;
    std::map<size_t, std::map<Rcode, uint64_t>> sites;
    TextIndex server_rows;
    std::vector<ServerWindow> servers;  // codes in no order
    std::vector<ErrorGroup> errors;
    std::vector<Spread> spread;
  };

  void AddKeys(const WindowKeys& keys, Slice& slice);
  void AddServers(const WindowKeys& keys, Slice& slice);
  std::vector<RcodeCount>& CodesOf(const KeyText& server, Slice& slice);
  Slice& At(int64_t first, int64_t last);
  void Join(Slice& to, Slice&& from);
  void MakeWindow(int64_t first, Slice& slice);
  void ListServers(Slice& slice);
  void ListErrors();
  void ListSpread(std::vector<Spread>& spread);
  void Empty(Slice& slice);

  int64_t window_;
  std::vector<std::string> site_names_;
  KeyTexts texts_;
  std::map<int64_t, Slice> slices_;  // by their first
  Window made_;                      // the last one
  WindowKeys::Overflow overflow_;
  // Of the delta at hand, by number.
  std::vector<KeyText> zones_;
  std::vector<KeyText> servers_;
  // Memory that is used again.
  std::vector<Slice> empty_slices_;
  std::vector<std::vector<RcodeCount>> empty_codes_;
  GroupOrder order_;
  std::vector<RcodeCount> rest_;
  std::vector<Spread*> spreads_;
};

}  // namespace rcodescope
