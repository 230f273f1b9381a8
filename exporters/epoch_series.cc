#include "exporters/epoch_series.h"

#include <algorithm>

#include "exporters/prometheus_page.h"

namespace rcodescope {

void EpochSeries::Add(const SnapshotPtr& snapshot, int64_t ms, WriteRequestMaker& requests) {
  ms = std::max(ms, last_ms_ + 2);
  std::unordered_set<std::string> now;
  for (const auto& family : SnapshotCollectable(snapshot, version_).Collect()) {
    const bool counter = family.type == prometheus::MetricType::Counter;
    for (const prometheus::ClientMetric& metric : family.metric) {
      std::string labels = EncodeLabels(family.name, metric.label, common_);
      const double value = counter ? metric.counter.value : metric.gauge.value;
      const bool is_new = series_.erase(labels) == 0;
      if (is_new && counter && value != 0) requests.Add(labels, {last_ms_ + 1, 0});
      requests.Add(labels, {ms, value});
      now.insert(std::move(labels));
    }
  }
  for (const std::string& gone : series_) requests.Add(gone, {ms, {}});
  series_ = std::move(now);
  last_ms_ = ms;
  requests.Flush();
}

void EpochSeries::End(WriteRequestMaker& requests) {
  for (const std::string& labels : series_) requests.Add(labels, {last_ms_ + 1, {}});
  series_.clear();
  requests.Flush();
}

}  // namespace rcodescope
