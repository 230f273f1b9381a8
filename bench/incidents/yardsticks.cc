#include "bench/incidents/yardsticks.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "bench/incidents/scenario.h"

namespace rcodescope {
namespace {

constexpr int kConfirmations = 3;  // windows in a row

double SecondsOf(const Window& window) {
  return static_cast<double>(window.length) / kNanosPerSecond;
}

class StaticThreshold final : public Yardstick {
 public:
  explicit StaticThreshold(double limit) : limit_(limit) {}
  std::string_view name() const override { return "static"; }

 private:
  bool Firing(const Window&, double rate) override {
    above_ = rate > limit_ ? above_ + 1 : 0;
    return above_ >= kConfirmations;
  }
  double limit_;
  int above_ = 0;
};

class Ewma final : public Yardstick {
 public:
  Ewma(int deviations, double floor)
      : name_("ewma" + std::to_string(deviations)), limit_(deviations), floor_(floor) {}
  std::string_view name() const override { return name_; }

 private:
  static constexpr double kMemory = 300;    // s
  static constexpr double kWarmUp = 300;    // s
  static constexpr double kPatience = 600;  // s without learning

  bool Firing(const Window& window, double rate) override {
    const double length = SecondsOf(window);
    const double deviation = std::sqrt(std::max(variance_, mean_));
    const bool high = seen_ >= kWarmUp && rate >= floor_ && rate > mean_ + limit_ * deviation;
    above_ = high ? above_ + 1 : 0;
    held_ = high ? held_ + length : 0;
    seen_ += length;
    if (!high || held_ > kPatience) {
      const double step = 1 - std::exp(-length / std::min(kMemory, seen_));
      const double away = rate - mean_;
      mean_ += step * away;
      variance_ = (1 - step) * (variance_ + step * away * away);
    }
    return above_ >= kConfirmations;
  }

  std::string name_;
  double limit_;
  double floor_;
  double mean_ = 0;
  double variance_ = 0;
  double seen_ = 0;
  double held_ = 0;
  int above_ = 0;
};

class PrometheusRule final : public Yardstick {
 public:
  explicit PrometheusRule(double floor) : floor_(floor) {}
  std::string_view name() const override { return "prometheus"; }

 private:
  static constexpr int64_t kScrape = 15;  // s; evaluated as often
  static constexpr size_t kMinute = 4;    // scrapes
  static constexpr size_t kOffset = 20;   // 5 minutes
  static constexpr size_t kHour = 240;

  bool Firing(const Window& window, double rate) override {
    total_ += rate * SecondsOf(window);
    const int64_t scrape = window.begin.ns / kNanosPerSecond / kScrape;
    // While nothing is seen the counter stands still.
    if (last_ == 0) last_ = scrape;
    for (; last_ < scrape; ++last_) Evaluate();
    return firing_;
  }

  void Evaluate() {
    totals_.push_back(total_);
    if (totals_.size() > kMinute + 1) totals_.pop_front();
    if (totals_.size() <= kMinute) return;
    const double rate = (totals_.back() - totals_.front()) / (kMinute * kScrape);
    rates_.push_back(rate);
    if (rates_.size() > kHour + kOffset + 1) rates_.pop_front();
    firing_ = false;
    if (rates_.size() <= kOffset + kMinute) return;
    const size_t count = rates_.size() - 1 - kOffset;
    double mean = 0;
    for (size_t i = 0; i < count; ++i) mean += rates_[i];
    mean /= static_cast<double>(count);
    double variance = 0;
    for (size_t i = 0; i < count; ++i) variance += (rates_[i] - mean) * (rates_[i] - mean);
    const double deviation = std::sqrt(variance / static_cast<double>(count));
    firing_ = rate > 3 * mean && rate > mean + 6 * deviation && rate > floor_;
  }

  double floor_;
  double total_ = 0;
  int64_t last_ = 0;
  bool firing_ = false;
  std::deque<double> totals_;
  std::deque<double> rates_;
};

}  // namespace

void Yardstick::Add(const Window& window, double rate) {
  constexpr int64_t kHold = 60 * kNanosPerSecond;
  const bool firing = Firing(window, rate);
  const bool active = !alarms_.empty() && !alarms_.back().end;
  const Timestamp end{window.begin.ns + window.length};
  if (firing) last_fired_ = end;
  if (firing && !active) alarms_.push_back({end, std::nullopt});
  if (active && end.ns > last_fired_.ns + kHold) alarms_.back().end = last_fired_;
}

std::unique_ptr<Yardstick> MakeStaticThreshold(const Sensor& sensor, uint16_t code) {
  const CodeProfile& profile = *sensor.Profile(code);
  const double busiest = *std::max_element(sensor.hours.begin(), sensor.hours.end());
  const double highest = sensor.rate * profile.share * std::pow(busiest, profile.follows_day);
  return std::make_unique<StaticThreshold>(std::max(Floor(code), 3 * highest));
}

std::unique_ptr<Yardstick> MakeEwma(int deviations, uint16_t code) {
  return std::make_unique<Ewma>(deviations, Floor(code));
}

std::unique_ptr<Yardstick> MakePrometheusRule(uint16_t code) {
  return std::make_unique<PrometheusRule>(Floor(code));
}

}  // namespace rcodescope
