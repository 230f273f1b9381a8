#include "exporters/open_metrics.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

#include "exporters/prometheus_page.h"

namespace rcodescope {
namespace {

constexpr int64_t kLookBack = 5 * 60 * kNanosPerSecond;  // Prometheus's query.lookback-delta
constexpr std::string_view kTotal = "_total";
constexpr std::string_view kTarget = "job=\"rcodescope\",instance=\"replay\"";

// OpenMetrics 1.0: in label values and help texts, backslash, quote and newline are escaped.
std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\n') {
      escaped += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string LabelsOf(const prometheus::ClientMetric& metric) {
  std::string labels(kTarget);
  for (const auto& label : metric.label) {
    labels += ',';
    labels += label.name;
    labels += "=\"";
    labels += Escaped(label.value);
    labels += '"';
  }
  return labels;
}

template <typename Number>
std::string Digits(Number number) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

// A whole number without an exponent, as long as it is one.
std::string Value(double value) {
  constexpr double kExact = 9'007'199'254'740'992.0;  // 2^53
  const bool whole =
      value >= 0 && value <= kExact && value == static_cast<double>(static_cast<uint64_t>(value));
  return whole ? Digits(static_cast<uint64_t>(value)) : Digits(value);
}

std::string Seconds(int64_t ns) {
  const int64_t seconds = SliceOf({ns}, kNanosPerSecond);
  std::string text = Digits(seconds);
  const int64_t fraction = ns - seconds * kNanosPerSecond;
  if (fraction == 0) return text;
  std::string digits = Digits(fraction);
  digits.insert(0, 9 - digits.size(), '0');
  digits.erase(digits.find_last_not_of('0') + 1);
  return text + "." + digits;
}

}  // namespace

void Backfill::Add(const Snapshot& snapshot) {
  if (snapshot.last == kNoTime) return;
  const int64_t step = SliceOf(snapshot.last, step_);
  if (!steps_.empty() && step <= steps_.back()) return;
  const bool first = steps_.empty();
  const int64_t begin = first ? step - 1 : steps_.front() - 1;
  const SnapshotPtr borrowed(SnapshotPtr{}, &snapshot);
  for (const auto& metrics : SnapshotCollectable(borrowed, version_).Collect()) {
    Family& family = families_[metrics.name];
    family.help = metrics.help;
    family.counter = metrics.type == prometheus::MetricType::Counter;
    for (const prometheus::ClientMetric& metric : metrics.metric) {
      Series& series = family.series[LabelsOf(metric)];
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

bool Backfill::Write(const TextSink& sink) const {
  for (const auto& [name, family] : families_) {
    std::string_view base = name;
    if (family.counter && base.ends_with(kTotal)) base.remove_suffix(kTotal.size());
    const std::string head(base);
    if (!sink("# HELP " + head + " " + Escaped(family.help) + "\n# TYPE " + head +
              (family.counter ? " counter\n" : " gauge\n"))) {
      return false;
    }
    for (const auto& [labels, series] : family.series) {
      if (!WriteSeries(name + "{" + labels + "} ", series, sink)) return false;
    }
  }
  return sink("# EOF\n");
}

bool Backfill::WriteSeries(const std::string& name, const Series& series,
                           const TextSink& sink) const {
  const int64_t look_back = std::max<int64_t>(1, kLookBack / step_);
  std::string lines;
  const auto add = [&](int64_t step, double value) {
    lines += name;
    lines += Value(value);
    lines += ' ';
    lines += Seconds((step + 1) * step_);
    lines += '\n';
  };
  size_t change = 0;
  auto known = std::lower_bound(steps_.begin(), steps_.end(), series.changes.front().step);
  int64_t next_snapshot = known == steps_.end() ? series.last : *known;
  int64_t quiet_since = series.changes.front().step;
  for (int64_t step = series.changes.front().step; step <= series.last; ++step) {
    if (change + 1 < series.changes.size() && series.changes[change + 1].step <= step) ++change;
    if (step >= next_snapshot) {
      quiet_since = step;
      known = std::upper_bound(known, steps_.end(), step);
      next_snapshot = known == steps_.end() ? series.last : *known;
    }
    if (step - quiet_since >= look_back && next_snapshot - 1 > step) {
      step = next_snapshot - 2;  // the next one is the last before something happens
      continue;
    }
    add(step, series.changes[change].value);
  }
  return sink(lines);
}

}  // namespace rcodescope
