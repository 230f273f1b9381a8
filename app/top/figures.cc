#include "app/top/figures.h"

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <utility>

#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>
#include <absl/time/time.h>
#include <nlohmann/json.hpp>

namespace rcodescope {
namespace {

using Json = nlohmann::json;

constexpr int kSchema = 1;
constexpr size_t kMostPast = 8;  // reports of packets that hardly move

std::string TimeOf(const Json& time, const char* name, int64_t& ns) {
  if (time.at(name).is_null()) return "";
  const std::string text = time.at(name).get<std::string>();
  absl::Time moment;
  std::string problem;
  if (!absl::ParseTime(absl::RFC3339_full, text, &moment, &problem)) {
    throw std::invalid_argument("a time is none");
  }
  ns = absl::ToUnixNanos(moment);
  return text;
}

uint64_t CountOf(const Json& value) {
  if (!value.is_number_unsigned()) throw std::invalid_argument("a count is none");
  return value.get<uint64_t>();
}

std::map<std::string, uint64_t> CountsOf(const Json& object) {
  std::map<std::string, uint64_t> counts;
  for (const auto& [name, value] : object.items()) counts[name] = CountOf(value);
  return counts;
}

KeyFigures KeysOf(const Json& list, const std::string& dimension) {
  KeyFigures figures;
  for (const Json& entry : list) {
    const std::string key = entry.at(dimension).get<std::string>();
    CodeCounts counts = CountsOf(entry.at("rcodes"));
    // No zone, server or client is called so: see the report's contract.
    (key == "other" ? figures.other : figures.keys[key]) = std::move(counts);
  }
  return figures;
}

Figures OfReport(const Json& report) {
  Figures figures;
  figures.first = TimeOf(report.at("time"), "first", figures.first_ns);
  figures.last = TimeOf(report.at("time"), "last", figures.last_ns);
  const Json& frames = report.at("frames");
  figures.packets = CountOf(frames.at("seen"));
  figures.held = CountOf(frames.at("held"));
  if (!frames.at("residual").is_number_integer()) throw std::invalid_argument("a count is none");
  figures.residual = frames.at("residual").get<int64_t>();
  figures.dropped = CountsOf(frames.at("dropped"));
  figures.queries = CountOf(report.at("messages").at("queries"));
  figures.responses = CountOf(report.at("messages").at("responses"));
  for (const Json& row : report.at("rcodes")) {
    figures.codes[row.at("rcode").get<std::string>()] += CountOf(row.at("responses"));
  }
  for (size_t i = 0; i < kDimensions; ++i) {
    const std::string name(kDimensionNames[i]);
    figures.dimensions[i] = KeysOf(report.at(name + "s"), name);
  }
  return figures;
}

std::vector<std::string> ActiveSpikes(const Json& document) {
  std::vector<std::string> texts;
  for (const Json& spike : document.at("spikes")) {
    if (spike.at("end").is_null()) texts.push_back(spike.at("text").get<std::string>());
  }
  return texts;
}

// What stands between the quotes of a label's value, `source="` … `"`.
std::string SourceOf(std::string_view series) {
  const size_t begin = series.find('"');
  const size_t end = series.rfind('"');
  return begin < end ? std::string(series.substr(begin + 1, end - begin - 1)) : "";
}

// Of the metrics page's lines, those of a live capture's state.
void TakeLiveState(std::string_view page, Figures& figures) {
  for (const absl::string_view part :
       absl::StrSplit(absl::string_view(page.data(), page.size()), '\n')) {
    const std::string_view line(part.data(), part.size());
    const bool lag = line.starts_with("rcodescope_capture_lag_seconds");
    if (!lag && !line.starts_with("rcodescope_link_up{")) continue;
    const size_t blank = line.rfind(' ');
    double value = 0;
    if (blank == std::string_view::npos || !absl::SimpleAtod(part.substr(blank + 1), &value))
      continue;
    if (lag) {
      figures.lag_seconds = std::max(value, figures.lag_seconds.value_or(value));
    } else if (value == 0) {
      figures.links_down.push_back(SourceOf(line.substr(0, blank)));
    }
  }
}

// Or had not seen a packet yet.
bool BeganAnew(const Figures& before, const Figures& now) {
  return before.last_ns == 0 || now.packets < before.packets || now.responses < before.responses ||
         now.first_ns != before.first_ns || now.last_ns < before.last_ns;
}

}  // namespace

uint64_t SumOf(const CodeCounts& counts) {
  uint64_t sum = 0;
  for (const auto& [code, count] : counts) sum += count;
  return sum;
}

uint64_t ErrorsOf(const CodeCounts& counts) {
  const auto good = counts.find("NOERROR");
  return SumOf(counts) - (good == counts.end() ? 0 : good->second);
}

absl::StatusOr<Figures> ReadFigures(const Pages& pages) {
  try {
    const Json report = Json::parse(pages.report);
    if (report.at("schema") != kSchema) {
      return absl::InvalidArgumentError("its report is of another schema than 1");
    }
    Figures figures = OfReport(report);
    figures.spikes = ActiveSpikes(Json::parse(pages.spikes));
    TakeLiveState(pages.metrics, figures);
    return figures;
  } catch (const std::exception&) {
    return absl::InvalidArgumentError("what it answers is no report of rcodescope");
  }
}

void FigureHistory::Take(Figures figures, std::string_view report, Clock::time_point now) {
  const size_t hash = std::hash<std::string_view>{}(report);
  const bool same = now_.has_value() && hash == report_hash_;
  if (!same) {
    if (now_.has_value() && !BeganAnew(*now_, figures)) {
      past_.push_back(*std::move(now_));
    } else {
      past_.clear();
    }
    const int64_t latest = figures.last_ns - kNanosPerSecond;
    while (past_.size() > 1 && past_[1].last_ns <= latest) past_.pop_front();
    if (past_.size() > kMostPast) past_.erase(past_.begin() + 1);
    report_hash_ = hash;
    changed_ = now;
  }
  now_ = std::move(figures);  // spikes and the capture's state may be news all the same
}

int64_t FigureHistory::span_ns() const {
  const int64_t span = now_->last_ns - (past_.empty() ? now_->first_ns : past_.front().last_ns);
  return span < kNanosPerSecond ? 0 : span;
}

}  // namespace rcodescope
