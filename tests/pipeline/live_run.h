// A live capture on its way through a pipeline, and the snapshots that come of it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "app/fan_out.h"
#include "app/pipeline.h"
#include "exporters/json_report.h"
#include "tests/pipeline/fed_capture.h"
#include "tests/pipeline/run.h"
#include "tests/pipeline/traffic.h"

namespace rcodescope {

inline constexpr int64_t kEpoch = 5 * kNanosPerSecond;
inline constexpr std::chrono::seconds kDeadline{30};

// The snapshots of a run, as they come. Thread-safe.
class Cuts {
 public:
  void Add(Snapshot snapshot) {
    std::unique_lock lock(mutex_);
    snapshots_.push_back(std::move(snapshot));
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
  }
  // Lets the collector stay in its next call until it is released.
  void Hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  size_t size() {
    const std::lock_guard lock(mutex_);
    return snapshots_.size();
  }
  // The snapshot of that number, once it has come.
  Snapshot Wait(size_t number) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kDeadline, [&] { return snapshots_.size() > number; }));
    return snapshots_.at(number);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Snapshot> snapshots_;
  bool held_ = false;
};

inline PipelineOptions LiveOptions(size_t workers) {
  PipelineOptions options = SmallOptions(workers, 1);
  options.recorder.epoch = kEpoch;
  options.recorder.waits = false;
  return options;
}

// All but the series and the spikes, since seconds that come in a burst may be counted as one
// window, and what only live sources can lose.
inline std::string Told(Snapshot snapshot) {
  snapshot.series = {};
  snapshot.spikes = {};
  for (CaptureStats& queue : snapshot.queues) queue.dropped = {};
  return JsonReport(snapshot);
}

struct LiveShape {
  size_t workers;
  bool shared_out = false;  // by a FanOut from one queue; else each worker has a queue of its own
};

// A capture on its way through a pipeline; stopped and joined at the end.
class LiveRun {
 public:
  LiveRun(const std::vector<TimedFrame>& frames, LiveShape shape)
      : LiveRun(std::make_unique<FedCapture>(frames, shape.shared_out ? 1 : shape.workers), shape) {
  }
  ~LiveRun() { Stop(); }

  void Stop() {
    cuts.Hold(false);
    watched_->Stop();
    if (thread_.joinable()) thread_.join();
  }
  // Until every worker but `but` has counted everything up to `time`.
  void WaitUntilCounted(Timestamp time, std::optional<size_t> but = {}) {
    const auto end = std::chrono::steady_clock::now() + kDeadline;
    for (size_t i = 0; i < pipeline.meters().size(); ++i) {
      while (i != but && pipeline.meters()[i]->now() < time) {
        ASSERT_LT(std::chrono::steady_clock::now(), end) << "worker " << i;
        std::this_thread::yield();
      }
    }
  }
  // The same window by window, each once the collector has begun with the one before, so that no
  // worker lacks a delta: a burst would make one window, or one epoch, of several.
  void CountUntil(Timestamp begin, Timestamp time) {
    const auto end = std::chrono::steady_clock::now() + kDeadline;
    for (Timestamp at = begin; at < time; at.ns += kNanosPerSecond) {
      capture.ArriveUntil(at);
      WaitUntilCounted(at);
      while (!pipeline.bell().answered()) {
        ASSERT_LT(std::chrono::steady_clock::now(), end);
        std::this_thread::yield();
      }
    }
    capture.ArriveUntil(time);
    WaitUntilCounted(time);
  }

 private:
  LiveRun(std::unique_ptr<FedCapture> fed, LiveShape shape)
      : capture(*fed),
        pipeline({.dns_ports = &ports_}, DefaultZones(1), LiveOptions(shape.workers)),
        watched_(Watched(std::move(fed), shape)),
        thread_([this] {
          pipeline.Watch(*watched_, [this](Snapshot snapshot) { cuts.Add(std::move(snapshot)); });
        }) {}

  std::unique_ptr<LiveCapture> Watched(std::unique_ptr<FedCapture> fed, LiveShape shape) const {
    if (!shape.shared_out) return fed;
    return std::make_unique<FanOut>(
        std::move(fed),
        FanOutOptions{.frames = {.dns_ports = &ports_}, .ways = shape.workers, .key = 1});
  }

  const PortSet ports_{std::vector<uint16_t>{kDnsPort}};

 public:
  FedCapture& capture;
  Pipeline pipeline;
  Cuts cuts;

 private:
  std::unique_ptr<LiveCapture> watched_;
  std::thread thread_;
};

}  // namespace rcodescope
