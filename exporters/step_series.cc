#include "exporters/step_series.h"

#include <algorithm>
#include <memory>

#include "exporters/prometheus_page.h"

namespace rcodescope {
namespace {

constexpr int64_t kLookBack = 300 * kNanosPerSecond;  // Prometheus's query.lookback-delta

}  // namespace

void StepSeries::Add(const Snapshot& snapshot) {
  if (snapshot.last == kNoTime) return;
  const int64_t step = SliceOf(snapshot.last, step_);
  if (!steps_.empty() && step <= steps_.back()) return;
  const bool first = steps_.empty();
  const int64_t begin = first ? step - 1 : *first_step();
  const SnapshotPtr borrowed(SnapshotPtr{}, &snapshot);
  for (const auto& metrics : SnapshotCollectable(borrowed, version_).Collect()) {
    Family& family = families_[metrics.name];
    family.help = metrics.help;
    family.counter = metrics.type == prometheus::MetricType::Counter;
    for (const prometheus::ClientMetric& metric : metrics.metric) {
      Series& series = family.series[metric.label];
      const double value = family.counter ? metric.counter.value : metric.gauge.value;
      const bool is_new = series.changes.empty();
      if (is_new && family.counter && (first || value != 0)) series.changes.push_back({begin, 0});
      const bool changed = series.changes.empty() || series.changes.back().value != value;
      if (changed) series.changes.push_back({step, value});
      series.last = step;
    }
  }
  steps_.push_back(step);
}

std::optional<int64_t> StepSeries::first_step() const {
  if (steps_.empty()) return {};
  return steps_.front() - 1;
}

std::optional<int64_t> StepSeries::last_step() const {
  if (steps_.empty()) return {};
  return steps_.back();
}

StepSeries::Walk::Walk(const StepSeries& all, const Series& series)
    : all_(&all),
      series_(&series),
      known_(std::lower_bound(all.steps_.begin(), all.steps_.end(), series.changes.front().step)),
      next_snapshot_(known_ == all.steps_.end() ? series.last : *known_),
      quiet_since_(series.changes.front().step),
      candidate_(quiet_since_) {}

bool StepSeries::Walk::Next() {
  const int64_t look_back = std::max<int64_t>(1, kLookBack / all_->step_);
  for (; candidate_ <= series_->last; ++candidate_) {
    const std::vector<Change>& changes = series_->changes;
    if (change_ + 1 < changes.size() && changes[change_ + 1].step <= candidate_) ++change_;
    if (candidate_ >= next_snapshot_) {
      quiet_since_ = candidate_;
      known_ = std::upper_bound(known_, all_->steps_.end(), candidate_);
      next_snapshot_ = known_ == all_->steps_.end() ? series_->last : *known_;
    }
    if (candidate_ - quiet_since_ >= look_back && next_snapshot_ - 1 > candidate_) {
      candidate_ = next_snapshot_ - 2;  // the next one is the last before something happens
      continue;
    }
    step_ = candidate_++;
    return true;
  }
  return false;
}

}  // namespace rcodescope
