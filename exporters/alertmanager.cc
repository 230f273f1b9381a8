#include "exporters/alertmanager.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "capture/packet.h"
#include "exporters/alerts.h"
#include "exporters/http_post.h"

namespace rcodescope {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kAgain{60};  // what goes on is sent again
constexpr std::chrono::seconds kFirstRetry{1};
constexpr std::chrono::seconds kLastRetry{30};
constexpr std::chrono::seconds kRequest{5};

Timestamp Now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()};
}

}  // namespace

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

  std::vector<AlertmanagerCounts> counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  // What one target has been told, by labels.
  using Told = std::map<std::string, Alert>;

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
      const Told active = AlertsOf(*report, Now(), options_.instance);
      const bool due = Clock::now() >= again;
      const std::vector<Alert> alerts = News(active, told, due);
      std::string problem;
      if (!alerts.empty()) {
        problem = post.Send(AlertsBody(alerts, Now()), stopping_).problem;
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
      if (!alerts.empty()) ++(problem.empty() ? counts_[index].taken : counts_[index].failed);
    }
  }

  // All that goes on, where some of it is news or it is time to say so again, and what has ended.
  static std::vector<Alert> News(const Told& active, const Told& told, bool due) {
    std::vector<Alert> alerts;
    bool news = due && !active.empty();
    for (const auto& [labels, alert] : active) {
      const auto known = told.find(labels);
      news = news || known == told.end() || known->second.detected != alert.detected;
    }
    for (const auto& [labels, alert] : told) {
      if (active.contains(labels)) continue;
      alerts.push_back(alert);
      alerts.back().over = true;
    }
    if (!news && alerts.empty()) return {};
    for (const auto& [labels, alert] : active) alerts.push_back(alert);
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
  std::vector<AlertmanagerCounts> counts_;
  std::vector<std::thread> threads_;
};

Alertmanagers::Alertmanagers(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Alertmanagers::~Alertmanagers() = default;
void Alertmanagers::Start() { impl_->Start(); }
void Alertmanagers::Push(std::shared_ptr<const SpikeReport> report) {
  impl_->Push(std::move(report));
}
std::vector<AlertmanagerCounts> Alertmanagers::counts() const { return impl_->counts(); }

}  // namespace rcodescope
