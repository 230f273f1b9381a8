#include "exporters/metric_builder.h"

#include <utility>

#include "exporters/printable.h"

namespace rcodescope {

MetricBuilder::MetricBuilder(const std::string& name, std::string help, prometheus::MetricType type,
                             std::vector<std::string> labels)
    : labels_(std::move(labels)) {
  family_.name = "rcodescope_" + name;
  family_.help = std::move(help);
  family_.type = type;
}

void MetricBuilder::Add(const std::vector<std::string>& values, double amount) {
  std::vector<std::string> safe;
  safe.reserve(values.size());
  for (const std::string& value : values) safe.push_back(Printable(value));
  sums_[std::move(safe)] += amount;
}

void MetricBuilder::MoveTo(Families& families) {
  if (sums_.empty()) return;
  family_.metric.reserve(sums_.size());
  for (const auto& [values, sum] : sums_) {
    prometheus::ClientMetric metric;
    for (size_t i = 0; i < labels_.size(); ++i) metric.label.push_back({labels_[i], values[i]});
    if (family_.type == prometheus::MetricType::Counter) {
      metric.counter.value = sum;
    } else {
      metric.gauge.value = sum;
    }
    family_.metric.push_back(std::move(metric));
  }
  families.push_back(std::move(family_));
}

void AddGauge(const std::string& name, const std::string& help, std::vector<std::string> labels,
              std::initializer_list<std::pair<std::vector<std::string>, double>> series,
              Families& families) {
  MetricBuilder builder(name, help, prometheus::MetricType::Gauge, std::move(labels));
  for (const auto& [values, value] : series) builder.Add(values, value);
  builder.MoveTo(families);
}

}  // namespace rcodescope
