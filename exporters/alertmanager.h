// Spikes, and siblings that disagree, pushed to Alertmanagers.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "aggregate/snapshot.h"
#include "aggregate/spike.h"
#include "exporters/http_target.h"

namespace rcodescope {

// Where it is, behind an Alertmanager's URL.
inline constexpr const char* kAlertsPath = "/api/v2/alerts";

// Sends each target what it has not heard of, and all that goes on again well before its alerts
// would end by themselves; what fails is tried again, and again. Each target has a thread of its
// own, which Start makes: Push never waits, and no target for another. Every member of a cluster is
// to be a target. Thread-safe.
class Alertmanagers {
 public:
  struct Options {
    std::vector<HttpTarget> targets;  // of the v2 API's alerts: kAlertsPath
    std::string instance;             // a label: which sensor this is
    // Told when a target fails that did not, and when it takes alerts again; by the sending thread.
    std::function<void(const std::string& target, const std::string& problem)> changed;
  };

  explicit Alertmanagers(Options options);
  // What goes on then ends at the targets by itself, after 4 minutes.
  ~Alertmanagers();
  Alertmanagers(const Alertmanagers&) = delete;
  Alertmanagers& operator=(const Alertmanagers&) = delete;

  void Start();
  // What there is now.
  void Push(std::shared_ptr<const SpikeReport> report);

  std::vector<AlertmanagerCounts> counts() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rcodescope
