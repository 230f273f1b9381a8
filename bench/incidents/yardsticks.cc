#include "bench/incidents/yardsticks.h"

#include <algorithm>
#include <cmath>

#include "bench/incidents/scenario.h"

namespace rcodescope {
namespace {

double SecondsOf(const Window& window) {
  return static_cast<double>(window.length) / kNanosPerSecond;
}

// Of the rate at the whole sensor. An alarm ends a minute after its cause.
class RateYardstick : public Yardstick {
 public:
  using Yardstick::Yardstick;

  void Add(const Window& window) final {
    constexpr int64_t kHold = 60 * kNanosPerSecond;
    constexpr int kConfirmations = 3;  // windows in a row
    const double rate = static_cast<double>(Responses(window.rcodes)) / SecondsOf(window);
    above_ = Above(window, rate) ? above_ + 1 : 0;
    const bool firing = above_ >= kConfirmations;
    const bool active = !alarms_.empty() && !alarms_.back().end;
    const Timestamp end{window.begin.ns + window.length};
    if (firing) last_fired_ = end;
    if (firing && !active) alarms_.push_back({SpikeDimension::kOverall, "", end, std::nullopt});
    if (active && end.ns > last_fired_.ns + kHold) alarms_.back().end = last_fired_;
  }

 private:
  virtual bool Above(const Window& window, double rate) = 0;

  int above_ = 0;
  Timestamp last_fired_;
};

class StaticThreshold final : public RateYardstick {
 public:
  StaticThreshold(double limit, uint16_t code) : RateYardstick(code), limit_(limit) {}
  std::string_view name() const override { return "static"; }

 private:
  bool Above(const Window&, double rate) override { return rate > limit_; }

  double limit_;
};

class Ewma final : public RateYardstick {
 public:
  Ewma(int deviations, uint16_t code)
      : RateYardstick(code),
        name_("ewma" + std::to_string(deviations)),
        limit_(deviations),
        floor_(Floor(code)) {}
  std::string_view name() const override { return name_; }

 private:
  static constexpr double kMemory = 300;    // s
  static constexpr double kWarmUp = 300;    // s
  static constexpr double kPatience = 600;  // s without learning

  bool Above(const Window& window, double rate) override {
    const double length = SecondsOf(window);
    const double deviation = std::sqrt(std::max(variance_, mean_));
    const bool high = seen_ >= kWarmUp && rate >= floor_ && rate > mean_ + limit_ * deviation;
    held_ = high ? held_ + length : 0;
    seen_ += length;
    if (!high || held_ > kPatience) {
      const double step = 1 - std::exp(-length / std::min(kMemory, seen_));
      const double away = rate - mean_;
      mean_ += step * away;
      variance_ = (1 - step) * (variance_ + step * away * away);
    }
    return high;
  }

  std::string name_;
  double limit_;
  double floor_;
  double mean_ = 0;
  double variance_ = 0;
  double seen_ = 0;
  double held_ = 0;
};

}  // namespace

uint64_t Yardstick::Responses(const std::vector<RcodeCount>& counts) const {
  for (const RcodeCount& count : counts) {
    if (count.rcode == Rcode{RcodeSpace::kDns, code_}) return count.responses;
  }
  return 0;
}

std::unique_ptr<Yardstick> MakeStaticThreshold(const Sensor& sensor, uint16_t code) {
  const CodeProfile& profile = *sensor.Profile(code);
  const double busiest = *std::max_element(sensor.hours.begin(), sensor.hours.end());
  const double highest = sensor.rate * profile.share * std::pow(busiest, profile.follows_day);
  return std::make_unique<StaticThreshold>(std::max(Floor(code), 3 * highest), code);
}

std::unique_ptr<Yardstick> MakeEwma(int deviations, uint16_t code) {
  return std::make_unique<Ewma>(deviations, code);
}

}  // namespace rcodescope
