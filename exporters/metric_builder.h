// Metric families from counts, never two series with the same labels.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include <prometheus/metric_family.h>

namespace rcodescope {

// One family: sums what is added under the same label values. Series come out in the order of
// their label values.
class MetricBuilder {
 public:
  // `name` without the prefix `rcodescope_`; `help` on one line (the text format's writer does
  // not escape newlines there).
  MetricBuilder(const std::string& name, std::string help, prometheus::MetricType type,
                std::vector<std::string> labels);

  // `values` in the order of the labels. Escapes what is not printable UTF-8: one such byte would
  // make Prometheus refuse the whole page.
  void Add(const std::vector<std::string>& values, double amount);

  // Appends the family, unless it has no series.
  void MoveTo(std::vector<prometheus::MetricFamily>& families);

 private:
  prometheus::MetricFamily family_;
  std::vector<std::string> labels_;
  std::map<std::vector<std::string>, double> sums_;
};

}  // namespace rcodescope
