#include "exporters/open_metrics.h"

#include <array>
#include <charconv>
#include <string>

namespace rcodescope {
namespace {

constexpr std::string_view kTotal = "_total";

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

std::string LabelsOf(const StepSeries::Labels& own) {
  std::string labels;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!labels.empty()) labels += ',';
    labels += name;
    labels += "=\"";
    labels += Escaped(value);
    labels += '"';
  };
  for (const auto& [name, value] : kReplayTarget) add(name, value);
  for (const auto& label : own) add(label.name, label.value);
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

bool WriteSeries(const std::string& name, const StepSeries& all, const StepSeries::Series& series,
                 const TextSink& sink) {
  std::string lines;
  for (StepSeries::Walk walk(all, series); walk.Next();) {
    lines += name;
    lines += Value(walk.value());
    lines += ' ';
    lines += Seconds(all.EndOf(walk.step()));
    lines += '\n';
  }
  return sink(lines);
}

}  // namespace

bool WriteOpenMetrics(const StepSeries& series, const TextSink& sink) {
  for (const auto& [name, family] : series.families()) {
    std::string_view base = name;
    if (family.counter && base.ends_with(kTotal)) base.remove_suffix(kTotal.size());
    const std::string head(base);
    if (!sink("# HELP " + head + " " + Escaped(family.help) + "\n# TYPE " + head +
              (family.counter ? " counter\n" : " gauge\n"))) {
      return false;
    }
    for (const auto& [labels, samples] : family.series) {
      if (!WriteSeries(name + "{" + LabelsOf(labels) + "} ", series, samples, sink)) return false;
    }
  }
  return sink("# EOF\n");
}

}  // namespace rcodescope
