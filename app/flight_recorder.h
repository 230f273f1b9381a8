// When a spike begins, the error responses that led to it, as a capture file.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "aggregate/spike.h"
#include "app/error_ring.h"

namespace rcodescope {

struct FlightRecorderOptions {
  std::string folder;  // which is there
  uint64_t bytes = 0;  // of memory, for the rings of all workers together
  size_t files = 0;    // at least 1: older ones of the folder are removed
  size_t workers = 0;
  // Is told what became of each file: `problem` is empty when it was written. By the thread that
  // writes.
  std::function<void(const std::string& path, size_t frames, const std::string& problem)> told;
};

// Keeps the last error responses of every worker. A thread of its own writes those with a spike's
// code, of all workers and in order of their time, to
// <folder>/rcodescope-spike-<begin>-<code>-<number>.pcapng, with the spike's sentence as comment.
class FlightRecorder {
 public:
  static constexpr size_t kFewestFrames = 64;  // a worker

  explicit FlightRecorder(FlightRecorderOptions options);
  ~FlightRecorder() { Close(); }
  FlightRecorder(const FlightRecorder&) = delete;
  FlightRecorder& operator=(const FlightRecorder&) = delete;

  // Starts the thread, so that it has the rights that the process has by then.
  void Start();
  // Writes what is left, and ends the thread.
  void Close();

  ErrorRing& ring(size_t worker) { return *rings_[worker]; }

  // Any thread, never waits for a disk: those that go on. Each is written once.
  void Notice(std::span<const Spike> active);

 private:
  void Run();
  void Write(const Spike& spike);
  void RemoveOldest();

  const FlightRecorderOptions options_;
  std::vector<std::unique_ptr<ErrorRing>> rings_;
  std::deque<std::string> files_;  // in the folder, the oldest first
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Spike> waiting_;
  uint64_t noticed_ = 0;  // the highest number; they are counted in order of detection
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace rcodescope
