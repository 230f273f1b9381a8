#include "exporters/spike_text.h"

#include <string_view>

#include "exporters/printable.h"
#include "exporters/text_format.h"
#include "exporters/text_table.h"
#include "exporters/time_format.h"

namespace rcodescope {
namespace {

constexpr size_t kMostShown = 20;

template <typename Finding>
std::string When(const Finding& finding) {
  const std::string begin = Rfc3339(finding.begin, 0);
  if (!finding.end) return "since " + begin;
  return begin + ", for " + Span(finding.end->ns - finding.begin.ns);
}

std::string Words(std::string_view name) {
  std::string words(name);
  for (char& c : words) c = c == '_' ? ' ' : c;
  return words;
}

std::string Why(const Spike& spike) {
  std::string why = Words(kSpikeClassTable[static_cast<size_t>(spike.spike_class)].name);
  for (size_t i = 0; i < spike.reasons.size(); ++i) {
    why += (i == 0 ? ": " : "; ") + spike.reasons[i];
  }
  return why;
}

}  // namespace

std::string SpikeSection(const SpikeReport& report, const TextStyle& style, size_t width) {
  TextTable table({{""}, {"", false, Fit::kWrap}});
  for (size_t i = 0; i < report.spikes.size() && i < kMostShown; ++i) {
    const Spike& spike = report.spikes[i];
    const SpikeClassEntry& entry = kSpikeClassTable[static_cast<size_t>(spike.spike_class)];
    const Ink ink = spike.end ? Ink::kWarning : Ink::kError;
    table.Add({{spike.end ? "over" : "now", ink}, {Printable(spike.text), ink}});
    table.Add({{}, {When(spike), Ink::kFaint}});
    table.Add({{}, {Printable(Why(spike))}});
    table.Add({{}, {"check next: " + std::string(entry.check_next), Ink::kFaint}});
  }
  if (report.spikes.size() > kMostShown) {
    table.Add(
        {{},
         {Grouped(uint64_t{report.spikes.size() - kMostShown}) + " more are in the JSON report",
          Ink::kFaint}});
  }
  for (size_t i = 0; i < report.disagreements.size() && i < kMostShown; ++i) {
    const Disagreement& one = report.disagreements[i];
    const Ink ink = one.end ? Ink::kWarning : Ink::kError;
    table.Add(
        {{one.end ? "over" : "now", ink}, {"siblings disagree: " + Printable(one.text), ink}});
    table.Add({{}, {When(one), Ink::kFaint}});
    table.Add({{}, {"check next: " + std::string(kDisagreementCheckNext), Ink::kFaint}});
  }
  return table.empty() ? "" : table.Render(width, style.color);
}

}  // namespace rcodescope
