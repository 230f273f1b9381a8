// The metrics page of a live capture, pushed at the end of each epoch.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "aggregate/snapshot.h"
#include "exporters/epoch_series.h"
#include "exporters/remote_write.h"

namespace rcodescope {

// Makes samples of snapshots by a thread of its own. Thread-safe.
class EpochWriter {
 public:
  // `target`: borrowed, and started. Counting begins now.
  EpochWriter(RemoteWrite& target, CommonLabels common, std::string version);
  ~EpochWriter();
  EpochWriter(const EpochWriter&) = delete;
  EpochWriter& operator=(const EpochWriter&) = delete;

  // Of this moment. Never waits; where 4 snapshots lie there already, the oldest is passed over.
  void Push(SnapshotPtr snapshot);
  // All samples are made, and all series end. No more is pushed.
  void End();

  std::vector<RemoteWriteCounts> counts() const { return target_.counts(); }
  uint64_t skipped() const;

 private:
  using Page = std::pair<SnapshotPtr, int64_t>;  // and its time

  void Run();

  RemoteWrite& target_;
  mutable std::mutex mutex_;  // guards pages_, skipped_ and ended_
  std::condition_variable changed_;
  std::deque<Page> pages_;
  uint64_t skipped_ = 0;
  bool ended_ = false;
  WriteRequestMaker requests_;  // the thread's
  EpochSeries series_;          // the same
  std::thread thread_;
};

}  // namespace rcodescope
