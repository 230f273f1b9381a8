#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "bench/incidents/yardsticks.h"

namespace rcodescope {
namespace {

constexpr int64_t kScrape = 15;       // s; rules are evaluated as often
constexpr size_t kRate = 4;           // scrapes in 1m
constexpr size_t kOffset = 20;        // 5m
constexpr size_t kHour = 240;         // 1h
constexpr size_t kKnown = 140;        // 35m, before which nothing is told
constexpr uint32_t kFor = 4;          // 1m
constexpr uint32_t kKeepFiring = 12;  // 3m
constexpr double kTimes = 3;
constexpr double kDeviations = 6;

double RuleFloor(uint16_t code) { return code == kRcodeNxDomain ? 25 : 5; }

// One series, and what is recorded of it.
class Series {
 public:
  uint64_t total = 0;

  // Is the alert on after an evaluation?
  bool Evaluate(double floor, bool known) {
    totals_[scrapes_ % totals_.size()] = total;
    const uint64_t before =
        scrapes_ >= kRate ? totals_[(scrapes_ - kRate) % totals_.size()] : total;
    const double rate = static_cast<double>(total - before) / (kRate * kScrape);
    Enter(usual_[(scrapes_ + usual_.size() - kOffset) % usual_.size()], 1);
    if (scrapes_ >= kHour + kOffset)
      Enter(usual_[(scrapes_ + usual_.size() - kOffset - kHour) % usual_.size()], -1);
    const double samples = std::clamp(static_cast<double>(scrapes_) - kOffset, 1.0, double{kHour});
    const double mean = sum_ / samples;
    const double deviation = std::sqrt(std::max(0.0, squares_ / samples - mean * mean));
    const double limit = std::max({kTimes * mean, mean + kDeviations * deviation, floor});
    // A spike teaches no more than its limit.
    usual_[scrapes_ % usual_.size()] = std::min(rate, limit);
    ++scrapes_;
    pending_ = known && rate > limit ? pending_ + 1 : 0;
    if (pending_ > kFor) {
      keep_ = kKeepFiring;
    } else if (keep_ > 0) {
      --keep_;
    }
    return keep_ > 0;
  }

  // The alarm that is on, as an index into alarms.
  std::optional<size_t> alarm;

 private:
  void Enter(double rate, double sign) {
    if (scrapes_ < kOffset) return;
    sum_ += sign * rate;
    squares_ += sign * rate * rate;
  }

  std::array<uint64_t, kRate + 1> totals_{};
  std::vector<double> usual_ = std::vector<double>(kHour + kOffset + 1);
  double sum_ = 0;
  double squares_ = 0;
  size_t scrapes_ = 0;
  uint32_t pending_ = 0;
  uint32_t keep_ = 0;
};

class AlertRules final : public Yardstick {
 public:
  using Yardstick::Yardstick;
  std::string_view name() const override { return "rules"; }

  void Add(const Window& window) override {
    const int64_t scrape = window.begin.ns / kNanosPerSecond / kScrape;
    if (last_ == 0) last_ = scrape;
    // While nothing is seen the counters stand still.
    for (; last_ < scrape; ++last_) Evaluate({(last_ + 1) * kScrape * kNanosPerSecond});
    overall_.total += Responses(window.rcodes);
    for (const ServerWindow& server : window.servers) {
      if (const uint64_t responses = Responses(server.rcodes); responses != 0) {
        servers_[server.server].total += responses;
      }
    }
    for (const ErrorGroup& group : window.errors) {
      if (group.rcode == Rcode{RcodeSpace::kDns, code()})
        zones_[group.zone].total += group.responses;
    }
  }

 private:
  void Evaluate(Timestamp now) {
    ++evaluations_;
    Evaluate(SpikeDimension::kOverall, "", now, overall_);
    for (auto& [server, series] : servers_) Evaluate(SpikeDimension::kServer, server, now, series);
    for (auto& [zone, series] : zones_) Evaluate(SpikeDimension::kZone, zone, now, series);
  }

  void Evaluate(SpikeDimension dimension, const std::string& key, Timestamp now, Series& series) {
    const bool firing = series.Evaluate(RuleFloor(code()), evaluations_ > kKnown);
    if (firing && !series.alarm) {
      series.alarm = alarms_.size();
      alarms_.push_back({dimension, key, now, std::nullopt});
    } else if (!firing && series.alarm) {
      alarms_[*std::exchange(series.alarm, std::nullopt)].end = now;
    }
  }

  Series overall_;
  std::unordered_map<std::string, Series> servers_;
  std::unordered_map<std::string, Series> zones_;
  size_t evaluations_ = 0;
  int64_t last_ = 0;
};

}  // namespace

std::unique_ptr<Yardstick> MakeAlertRules(uint16_t code) {
  return std::make_unique<AlertRules>(code);
}

}  // namespace rcodescope
