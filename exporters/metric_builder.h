// Metric families from counts, never two series with the same labels.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>

namespace rcodescope {

using Families = std::vector<prometheus::MetricFamily>;

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
  void MoveTo(Families& families);

 private:
  prometheus::MetricFamily family_;
  std::vector<std::string> labels_;
  std::map<std::vector<std::string>, double> sums_;
};

// A gauge with these series.
void AddGauge(const std::string& name, const std::string& help, std::vector<std::string> labels,
              std::initializer_list<std::pair<std::vector<std::string>, double>> series,
              Families& families);

// A counter with one label over a closed list of names.
template <typename Names, typename Counts>
void AddList(const std::string& name, const std::string& help, const std::string& label,
             const Names& names, const Counts& counts, Families& families, size_t from = 0) {
  MetricBuilder builder(name, help, prometheus::MetricType::Counter, {label});
  for (size_t i = from; i < counts.size(); ++i) {
    builder.Add({std::string(names[i])}, static_cast<double>(counts[i]));
  }
  builder.MoveTo(families);
}

// The names of a table of the code, for AddList.
template <typename Table>
std::vector<std::string_view> NamesOf(const Table& table) {
  std::vector<std::string_view> names;
  for (const auto& entry : table) names.push_back(entry.name);
  return names;
}

}  // namespace rcodescope
