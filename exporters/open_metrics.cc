#include "exporters/open_metrics.h"

#include <string>

#include "exporters/series_text.h"

namespace rcodescope {
namespace {

constexpr std::string_view kTotal = "_total";

std::string Seconds(int64_t ns) {
  const int64_t seconds = SliceOf({ns}, kNanosPerSecond);
  std::string text = std::to_string(seconds);
  const int64_t fraction = ns - seconds * kNanosPerSecond;
  if (fraction == 0) return text;
  std::string digits = std::to_string(fraction);
  digits.insert(0, 9 - digits.size(), '0');
  digits.erase(digits.find_last_not_of('0') + 1);
  return text + "." + digits;
}

bool WriteSeries(const std::string& name, const StepSeries& all, const StepSeries::Series& series,
                 const TextSink& sink) {
  std::string lines;
  for (StepSeries::Walk walk(all, series); walk.Next();) {
    lines += name;
    lines += ' ';
    lines += ValueText(walk.value());
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
    if (!sink("# HELP " + head + " " + EscapedText(family.help) + "\n# TYPE " + head +
              (family.counter ? " counter\n" : " gauge\n"))) {
      return false;
    }
    for (const auto& [labels, samples] : family.series) {
      if (!WriteSeries(SeriesText(name, labels), series, samples, sink)) return false;
    }
  }
  return sink("# EOF\n");
}

}  // namespace rcodescope
