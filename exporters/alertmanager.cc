#include "exporters/alertmanager.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>

#include "exporters/http_post.h"
#include "exporters/printable.h"
#include "exporters/spike_json.h"
#include "exporters/time_format.h"
#include "parse/rcode.h"

namespace rcodescope {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kAgain{60};         // what goes on is sent again
constexpr int64_t kValid = 240 * kNanosPerSecond;  // 4 times that, as Prometheus has it
constexpr std::chrono::seconds kFirstRetry{1};
constexpr std::chrono::seconds kLastRetry{30};
constexpr std::chrono::seconds kRequest{5};

Timestamp Now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()};
}

Json LabelsOf(const Spike& spike, const std::string& instance) {
  Json labels = {{"alertname", "RcodescopeSpikeDetected"},
                 {"severity", "warning"},
                 {"rcode", RcodeName(spike.rcode)},
                 {"dimension", kSpikeDimensionNames[static_cast<size_t>(spike.dimension)]},
                 {"kind", kSpikeKindNames[static_cast<size_t>(spike.kind)]}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) labels[name] = Printable(value);
  };
  add("key", spike.key);
  add("site", spike.site);
  add("instance", instance);
  return labels;
}

Json AnnotationsOf(const Spike& spike) {
  const SpikeClassEntry& entry = kSpikeClassTable[static_cast<size_t>(spike.spike_class)];
  std::string why;
  for (const std::string& reason : spike.reasons) why += (why.empty() ? "" : "; ") + reason;
  const Json values = SpikeList({{spike}, {}})[0];
  return {{"summary", Printable(spike.text)},
          {"description", Printable(why)},
          {"class", entry.name},
          {"meaning", entry.meaning},
          {"check_next", entry.check_next},
          {"rate", values["rate"].dump()},
          {"baseline", values["baseline"].dump()},
          {"share", values["share"].dump()},
          {"completeness", values["completeness"].dump()},
          {"clients_estimate", values["clients_estimate"].dump()},
          {"explains", Printable(values["explains"].dump())}};
}

// The spikes that go on, one for each set of labels, by these.
std::map<std::string, Spike> ActiveByLabels(const SpikeReport& report) {
  std::map<std::string, Spike> active;
  for (const Spike& spike : report.spikes) {
    if (!spike.end) active.emplace(LabelsOf(spike, "").dump(), spike);
  }
  return active;
}

}  // namespace

std::string AlertsBody(std::span<const Spike> spikes, Timestamp now, const std::string& instance) {
  Json alerts = Json::array();
  for (const Spike& spike : spikes) {
    const Timestamp ends{spike.end ? now.ns : now.ns + kValid};
    alerts.push_back({{"labels", LabelsOf(spike, instance)},
                      {"annotations", AnnotationsOf(spike)},
                      {"startsAt", Rfc3339(std::min(spike.begin, now), 3)},
                      {"endsAt", Rfc3339(ends, 3)}});
  }
  return alerts.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

class Alertmanagers::Impl {
 public:
  explicit Impl(Options options) : options_(std::move(options)) {
    for (const HttpTarget& target : options_.targets) counts_.push_back({target.url, 0, 0});
  }
  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void Start() {
    for (size_t i = 0; i < options_.targets.size(); ++i) {
      threads_.emplace_back([this, i] { Serve(i); });
    }
  }

  void Push(std::shared_ptr<const SpikeReport> report) {
    const std::lock_guard lock(mutex_);
    report_ = std::move(report);
    ++pushed_;
    changed_.notify_all();
  }

  std::vector<AlertCounts> counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  // What one target has been told, by labels.
  using Told = std::map<std::string, Spike>;

  void Serve(size_t index) {
    HttpPost post(options_.targets[index], {"Content-Type: application/json"}, kRequest);
    Told told;
    uint64_t seen = 0;
    Clock::time_point again = Clock::now() + kAgain;
    std::chrono::seconds retry{0};
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      const Clock::time_point wake = retry.count() == 0 ? again : Clock::now() + retry;
      changed_.wait_until(lock, wake,
                          [&] { return stopping_ || (retry.count() == 0 && pushed_ != seen); });
      if (stopping_) break;
      seen = pushed_;
      if (report_ == nullptr) {
        again = Clock::now() + kAgain;
        continue;
      }
      const std::shared_ptr<const SpikeReport> report = report_;
      lock.unlock();
      const Told active = ActiveByLabels(*report);
      const bool due = Clock::now() >= again;
      const std::vector<Spike> alerts = AlertsOf(active, told, due);
      std::string problem;
      if (!alerts.empty()) {
        problem = post.Send(AlertsBody(alerts, Now(), options_.instance), stopping_).problem;
        if (!stopping_) Tell(index, problem, retry.count() != 0);
      }
      if (problem.empty()) {
        if (!alerts.empty()) told = active;
        if (due || !alerts.empty()) again = Clock::now() + kAgain;
        retry = std::chrono::seconds{0};
      } else {
        retry = std::min(std::max(retry * 2, kFirstRetry), kLastRetry);
      }
      lock.lock();
      if (!alerts.empty()) ++(problem.empty() ? counts_[index].sent : counts_[index].failed);
    }
  }

  // All that goes on, where some of it is news or it is time to say so again, and what has ended.
  static std::vector<Spike> AlertsOf(const Told& active, const Told& told, bool due) {
    std::vector<Spike> alerts;
    bool news = due && !active.empty();
    for (const auto& [labels, spike] : active) {
      const auto known = told.find(labels);
      news = news || known == told.end() || known->second.number != spike.number;
    }
    for (const auto& [labels, spike] : told) {
      if (active.contains(labels)) continue;
      alerts.push_back(spike);
      alerts.back().end = spike.detected;
    }
    if (!news && alerts.empty()) return {};
    for (const auto& [labels, spike] : active) alerts.push_back(spike);
    return alerts;
  }

  void Tell(size_t index, const std::string& problem, bool failed_before) const {
    if (options_.changed && problem.empty() == failed_before) {
      options_.changed(options_.targets[index].url, problem);
    }
  }

  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> stopping_{false};
  std::shared_ptr<const SpikeReport> report_;
  uint64_t pushed_ = 0;
  std::vector<AlertCounts> counts_;
  std::vector<std::thread> threads_;
};

Alertmanagers::Alertmanagers(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Alertmanagers::~Alertmanagers() = default;
void Alertmanagers::Start() { impl_->Start(); }
void Alertmanagers::Push(std::shared_ptr<const SpikeReport> report) {
  impl_->Push(std::move(report));
}
std::vector<AlertCounts> Alertmanagers::counts() const { return impl_->counts(); }

}  // namespace rcodescope
