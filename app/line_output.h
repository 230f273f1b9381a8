// Lines that worker threads make, on their way to one file.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "aggregate/shard.h"
#include "aggregate/spsc_ring.h"

namespace rcodescope {

// A thread of its own writes; chunks of lines go round between it and each worker, as deltas do. A
// worker that may not wait and finds no empty chunk is told so, and its lines are lost.
class LineOutput {
 public:
  // Opens `path` anew ("-": standard output). `waits`: whether workers wait for the file. On
  // failure the system's reason, with the path.
  static absl::StatusOr<std::unique_ptr<LineOutput>> Open(const std::string& path, size_t workers,
                                                          bool waits);
  ~LineOutput();
  LineOutput(const LineOutput&) = delete;
  LineOutput& operator=(const LineOutput&) = delete;

  // Starts the thread, so that it has the rights that the process has by then. Once, before
  // workers.
  void Start();

  // Worker: where its next lines are to be appended, whole ones; null when there is no room.
  std::string* Room(size_t worker);
  // Worker: has appended, and may have to give the chunk away.
  void Appended(size_t worker);
  // Worker: nothing will come for a while; what there is need not wait for a chunk to fill up.
  void PassOn(size_t worker);

  // When no worker will come any more: writes what is left and closes. Once; the first error of
  // writing, after which all further lines were dropped.
  absl::Status Close();

  // Any thread: whether writing has failed.
  bool failed() const { return failed_.load(std::memory_order_relaxed); }

 private:
  static constexpr uint32_t kChunks = 8;
  static constexpr size_t kChunkBytes = 64 * 1024;

  struct Lane {
    std::array<std::string, kChunks> chunks;
    SpscRing<std::string*, kChunks> empty;
    SpscRing<std::string*, kChunks> full;
    std::string* open = nullptr;  // the worker's
  };

  LineOutput(std::string path, int fd, size_t workers, bool waits);
  void Run();
  void Write(const std::string& chunk);

  const std::string path_;
  int fd_;  // -1 once closed
  const bool waits_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  Bell bell_;
  std::atomic<bool> ended_{false};
  std::atomic<bool> failed_{false};
  int error_ = 0;
  std::thread thread_;
};

}  // namespace rcodescope
