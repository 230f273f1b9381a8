#include "app/live_page.h"

#include <algorithm>
#include <utility>

namespace rcodescope {
namespace {

std::string JoinNames(const std::vector<InterfaceStatus>& interfaces) {
  std::string names;
  for (const InterfaceStatus& interface : interfaces) {
    names += (names.empty() ? "" : ",") + interface.name;
  }
  return names;
}

void LogResiduals(Logger& logger, const FrameLedger& frames) {
  if (frames.residual == 0 && frames.message_residual == 0) return;
  logger.Log(LogLevel::kError, "frames or messages were lost inside the program",
             {{"frames", frames.residual}, {"messages", frames.message_residual}});
}

void LogSpike(Logger& logger, std::string_view message, const Spike& spike) {
  const SpikeClassEntry& entry = kSpikeClassTable[static_cast<size_t>(spike.spike_class)];
  logger.Log(LogLevel::kWarning, message,
             {{"spike", spike.text}, {"class", entry.name}, {"number", spike.number}});
}

}  // namespace

LivePage::LivePage(const LiveCapture& capture,
                   const std::vector<std::unique_ptr<WorkerMeter>>& meters, const Bell& bell,
                   Protections sandbox, HttpServer* server, Logger& logger, const MessageTap* tap,
                   Alertmanagers* alerts, EpochWriter* samples)
    : capture_(capture),
      meters_(meters),
      bell_(bell),
      sandbox_(std::move(sandbox)),
      server_(server),
      logger_(logger),
      tap_(tap),
      alerts_(alerts),
      samples_(samples),
      workers_(meters.size(), Worker{.pace = {.stepped = Clock::now()}}),
      interfaces_(capture.interfaces()),
      published_(Clock::now()) {}

void LivePage::Cut(Snapshot snapshot) {
  LogResiduals(logger_, snapshot.frames);
  const std::lock_guard lock(mutex_);
  snapshot.source = JoinNames(interfaces_);
  Publish(std::move(snapshot));
  if (samples_ != nullptr) samples_->Push(last_);
}

void LivePage::Spikes(const SpikeDetector& detector) {
  const auto report = std::make_shared<const SpikeReport>(ReportOf(detector));
  if (server_ != nullptr) server_->PublishSpikes(report);
  if (alerts_ != nullptr) alerts_->Push(report);
  if (tap_ != nullptr && tap_->flight() != nullptr) tap_->flight()->Notice(detector.active());
  std::map<uint64_t, Spike> active;
  for (const Spike& spike : detector.active()) active.emplace(spike.number, spike);
  for (const auto& [number, spike] : active) {
    if (!told_spikes_.contains(number)) LogSpike(logger_, "a spike goes on", spike);
  }
  for (const auto& [number, spike] : told_spikes_) {
    if (!active.contains(number)) LogSpike(logger_, "a spike is over", spike);
  }
  told_spikes_ = std::move(active);
}

void LivePage::Look() {
  const std::lock_guard lock(mutex_);
  LookAtCollector();
  const bool workers_changed = LookAtWorkers();
  const bool interfaces_changed = LookAtInterfaces();
  if ((workers_changed || interfaces_changed) && last_ != nullptr) Publish(*last_);
}

bool LivePage::healthy() const {
  const std::lock_guard lock(mutex_);
  return !collector_.stalled && std::none_of(workers_.begin(), workers_.end(),
                                             [](const Worker& w) { return w.pace.stalled; });
}

// Whether `stalled` has changed. `rests`: there is nothing to do.
bool LivePage::Follow(Pace& pace, uint64_t steps, bool rests) {
  const Clock::time_point now = Clock::now();
  if (steps != pace.steps || rests) pace.stepped = now;
  pace.steps = steps;
  const bool was = std::exchange(pace.stalled, now - pace.stepped > kStall);
  return pace.stalled != was;
}

void LivePage::LookAtCollector() {
  if (!Follow(collector_, bell_.last_heard(), bell_.answered())) return;
  logger_.Log(collector_.stalled ? LogLevel::kError : LogLevel::kInfo,
              collector_.stalled ? "the collector is stalled" : "the collector goes on");
}

bool LivePage::LookAtWorkers() {
  bool changed = false;
  for (size_t i = 0; i < workers_.size(); ++i) {
    Pace& pace = workers_[i].pace;
    if (!Follow(pace, meters_[i]->polls(), meters_[i]->finished())) continue;
    const bool stalled = pace.stalled;
    changed = true;
    logger_.Log(stalled ? LogLevel::kError : LogLevel::kInfo,
                stalled ? "a worker is stalled" : "a worker goes on", {{"worker", i}});
  }
  return changed;
}

bool LivePage::LookAtInterfaces() {
  std::vector<InterfaceStatus> now = capture_.interfaces();
  bool changed = false;
  for (size_t i = 0; i < now.size(); ++i) {
    if (now[i].up == interfaces_[i].up && now[i].gaps == interfaces_[i].gaps) continue;
    changed = true;
    const auto gap_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(now[i].gap - interfaces_[i].gap);
    if (now[i].up) {
      logger_.Log(LogLevel::kInfo, "an interface is up again",
                  {{"interface", now[i].name}, {"gap_ms", gap_ms.count()}});
    } else {
      logger_.Log(LogLevel::kWarning, "an interface is down or gone", {{"interface", now[i].name}});
    }
  }
  interfaces_ = std::move(now);
  return changed;
}

void LivePage::Publish(Snapshot snapshot) {
  snapshot.live = std::make_shared<const LiveStatus>(Status());
  last_ = std::make_shared<const Snapshot>(std::move(snapshot));
  if (server_ != nullptr) server_->Publish(last_);
}

LiveStatus LivePage::Status() {
  LiveStatus status;
  status.sandbox = sandbox_;
  if (tap_ != nullptr && tap_->has_events()) {
    const MessageTapCounts counts = tap_->counts();
    status.events = {counts.written, counts.rate_limited, counts.no_room};
  }
  if (alerts_ != nullptr) status.alertmanagers = alerts_->counts();
  if (samples_ != nullptr) {
    status.remote_writes = samples_->counts();
    status.epochs_skipped = samples_->skipped();
  }
  for (const InterfaceStatus& interface : interfaces_) {
    status.interfaces.push_back({interface.name, interface.up, interface.gaps});
  }
  const Clock::time_point now = Clock::now();
  const double elapsed = std::chrono::duration<double>(now - published_).count();
  const Timestamp wall = WallClock();
  Timestamp slowest = wall;
  for (size_t i = 0; i < workers_.size(); ++i) {
    const WorkerMeter& meter = *meters_[i];
    const std::chrono::nanoseconds busy = meter.busy();
    const double share =
        std::chrono::duration<double>(busy - workers_[i].busy).count() / std::max(elapsed, 1e-9);
    workers_[i].busy = busy;
    status.workers.push_back({std::clamp(share, 0.0, 1.0), workers_[i].pace.stalled});
    if (meter.now() != kNoTime && !meter.finished()) slowest = std::min(slowest, meter.now());
  }
  published_ = now;
  status.lag_seconds =
      static_cast<double>(wall.ns - slowest.ns) / static_cast<double>(kNanosPerSecond);
  return status;
}

SnapshotPtr LivePage::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

}  // namespace rcodescope
