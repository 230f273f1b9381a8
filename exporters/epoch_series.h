// The metrics page of each epoch as samples.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>

#include "aggregate/snapshot.h"
#include "exporters/write_request.h"

namespace rcodescope {

// Every series of a page has a sample of that page's time. A counter that is new has one of 0 right
// behind the page before, where it was not yet: no increase is lost. A series that is on the page
// no more ends. One thread.
class EpochSeries {
 public:
  // `begin_ms`: when counting began, and every counter was 0.
  EpochSeries(CommonLabels common, std::string version, int64_t begin_ms)
      : common_(std::move(common)), version_(std::move(version)), last_ms_(begin_ms - 1) {}

  // The next page. A clock that was set back is taken to stand still.
  void Add(const SnapshotPtr& snapshot, int64_t ms, WriteRequestMaker& requests);

  // All series end, 1 ms behind the last page.
  void End(WriteRequestMaker& requests);

 private:
  const CommonLabels common_;
  const std::string version_;
  std::unordered_set<std::string> series_;  // of the last page, by their labels
  int64_t last_ms_;
};

}  // namespace rcodescope
