// What is published of a live capture: the snapshot of the last epoch and how the capture fares.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "aggregate/shard.h"
#include "aggregate/snapshot.h"
#include "aggregate/spike_detector.h"
#include "app/logger.h"
#include "app/message_tap.h"
#include "app/worker_meter.h"
#include "capture/live.h"
#include "exporters/alertmanager.h"
#include "exporters/epoch_writer.h"
#include "exporters/http_server.h"

namespace rcodescope {

// Thread-safe. The page changes at the end of an epoch; in between only when an interface or a
// worker changes its state, for an epoch does not end while a worker is stuck.
class LivePage {
 public:
  using Clock = std::chrono::steady_clock;
  using Protections = std::vector<LiveStatus::Protection>;

  // A worker that has not asked for frames for so long is stalled, and a collector that has not
  // looked for as long at what was handed over.
  static constexpr std::chrono::seconds kStall{2};

  // All but the protections are borrowed; `server`, `tap`, `alerts` and `samples` may be
  // null.
  LivePage(const LiveCapture& capture, const std::vector<std::unique_ptr<WorkerMeter>>& meters,
           const Bell& bell, Protections sandbox, HttpServer* server, Logger& logger,
           const MessageTap* tap = nullptr, Alertmanagers* alerts = nullptr,
           EpochWriter* samples = nullptr);

  // The end of an epoch. Logs residuals that are not 0.
  void Cut(Snapshot snapshot);

  // A window in which spikes go on or have ended. Logs those that begin and end.
  void Spikes(const SpikeDetector& detector);

  // To be called twice a second or so: looks after interfaces and workers, and logs what changes.
  void Look();

  // Whether neither a worker nor the collector was stalled when Look was called last.
  bool healthy() const;

  // Of the last epoch; null before the first.
  SnapshotPtr last() const;

 private:
  struct Pace {
    uint64_t steps = 0;
    Clock::time_point stepped;  // when `steps` was seen to change
    bool stalled = false;
  };
  struct Worker {
    Pace pace;
    std::chrono::nanoseconds busy{};  // at the last publication
  };

  static bool Follow(Pace& pace, uint64_t steps, bool rests);
  void LookAtCollector();
  bool LookAtWorkers();
  bool LookAtInterfaces();
  void Publish(Snapshot snapshot);
  LiveStatus Status();

  const LiveCapture& capture_;
  const std::vector<std::unique_ptr<WorkerMeter>>& meters_;
  const Bell& bell_;
  const Protections sandbox_;
  HttpServer* const server_;
  Logger& logger_;
  const MessageTap* const tap_;
  Alertmanagers* const alerts_;
  EpochWriter* const samples_;
  std::map<uint64_t, Spike> told_spikes_;  // that go on, by number; the collector's thread

  mutable std::mutex mutex_;  // guards all below
  std::vector<Worker> workers_;
  Pace collector_{.stepped = Clock::now()};
  std::vector<InterfaceStatus> interfaces_;
  Clock::time_point published_;
  SnapshotPtr last_;
};

}  // namespace rcodescope
