#include "exporters/rule_test.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include <absl/status/status.h>
#include <nlohmann/json.hpp>

#include "exporters/series_text.h"

namespace rcodescope {
namespace {

using Json = nlohmann::ordered_json;
using Labels = std::map<std::string, std::string>;

constexpr int64_t kNanosPerMs = 1'000'000;
constexpr std::string_view kAlerts = "ALERTS";
constexpr char kState[] = "alertstate";

std::string Milliseconds(int64_t ns) { return std::to_string(ns / kNanosPerMs) + "ms"; }

double Seconds(int64_t ns) {
  return static_cast<double>(ns) / static_cast<double>(kNanosPerSecond);
}

// As promtool's patterns of file names have it.
std::string Literal(const std::string& path) {
  constexpr std::string_view kSpecial = "*?[\\";
  std::string pattern;
  for (const char c : path) {
    if (kSpecial.find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

// In UTF-8 (RFC 3629 §3).
std::string Utf8(uint32_t code) {
  const auto last = [&](unsigned shift) {
    return static_cast<char>(0x80 | (code >> shift & 0x3f));
  };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xc0 | code >> 6), last(0)};
  if (code < 0x10000) return {static_cast<char>(0xe0 | code >> 12), last(6), last(0)};
  return {static_cast<char>(0xf0 | code >> 18), last(12), last(6), last(0)};
}

// Samples in promtool's notation: V, VxN for N more of the same as V+0xN, _xN for N that are not
// there.
class Values {
 public:
  void Add(int64_t place, double value) {
    if (place != next_ || value != value_) {
      End();
      if (place > next_) Put("_x" + std::to_string(place - next_));
      value_ = value;
      count_ = 0;
    }
    ++count_;
    next_ = place + 1;
  }
  // `places`: of all series.
  std::string Finish(int64_t places) {
    End();
    if (next_ < places) Put("stale");
    return std::move(text_);
  }

 private:
  void End() {
    if (count_ > 0) Put(ValueText(value_) + (count_ > 1 ? "+0x" + std::to_string(count_ - 1) : ""));
  }
  void Put(const std::string& word) { text_ += (text_.empty() ? "" : " ") + word; }

  std::string text_;
  int64_t next_ = 0;
  int64_t count_ = 0;
  double value_ = 0;
};

// One line of what promtool prints, from its beginning to where it is read.
class Reader {
 public:
  explicit Reader(std::string_view line) : rest_(line) {}

  bool Take(std::string_view word) {
    const bool there = rest_.starts_with(word);
    if (there) rest_.remove_prefix(word.size());
    return there;
  }
  void PassBlanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }
  bool AtEnd() const { return rest_.empty(); }

  // What is before `end`, which is passed over.
  std::optional<std::string> Until(char end) {
    const size_t size = rest_.find(end);
    if (size == std::string_view::npos) return {};
    std::string word(rest_.substr(0, size));
    rest_.remove_prefix(size + 1);
    return word;
  }

  // As Go's strconv.Quote writes it.
  std::optional<std::string> Quoted() {
    if (!Take("\"")) return {};
    std::string text;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return text;
      if (c != '\\') {
        text += c;
      } else if (!Escape(text)) {
        return {};
      }
    }
    return {};
  }

  // A duration as 1h30m15s, in ns.
  std::optional<int64_t> Duration() {
    constexpr std::array<std::pair<std::string_view, int64_t>, 7> kUnits = {{{"ms", 1},
                                                                             {"y", 31'536'000'000},
                                                                             {"w", 604'800'000},
                                                                             {"d", 86'400'000},
                                                                             {"h", 3'600'000},
                                                                             {"m", 60'000},
                                                                             {"s", 1'000}}};
    int64_t sum = 0;
    bool any = false;
    for (;;) {
      int64_t number = 0;
      const char* const begin = rest_.data();
      const char* const end = std::from_chars(begin, begin + rest_.size(), number).ptr;
      if (end == begin) break;
      rest_.remove_prefix(static_cast<size_t>(end - begin));
      const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                     [&](const auto& one) { return Take(one.first); });
      if (unit == kUnits.end()) return {};
      sum += number * unit->second * kNanosPerMs;
      any = true;
    }
    return any ? std::optional(sum) : std::nullopt;
  }

 private:
  // What follows a backslash. Labels have no control characters: of the other escapes there are
  // none.
  bool Escape(std::string& text) {
    if (Take("u")) return Code(4, text);
    if (Take("U")) return Code(8, text);
    constexpr std::string_view kEscapes = "\\\"nt";
    constexpr std::string_view kMeant = "\\\"\n\t";
    if (rest_.empty()) return false;
    const size_t which = kEscapes.find(rest_.front());
    if (which == std::string_view::npos) return false;
    text += kMeant[which];
    rest_.remove_prefix(1);
    return true;
  }

  // A code point in so many hexadecimal digits.
  bool Code(size_t digits, std::string& text) {
    uint32_t code = 0;
    if (rest_.size() < digits) return false;
    const char* const end = rest_.data() + digits;
    if (std::from_chars(rest_.data(), end, code, 16).ptr != end) return false;
    text += Utf8(code);
    rest_.remove_prefix(digits);
    return true;
  }

  std::string_view rest_;
};

// {name="value", …} and a number behind it.
std::optional<Labels> ReadSample(Reader& line) {
  Labels labels;
  if (!line.Take("{")) return {};
  while (!line.Take("}")) {
    line.Take(", ");
    const std::optional<std::string> name = line.Until('=');
    std::optional<std::string> value = line.Quoted();
    if (!name || !value) return {};
    labels[*name] = *std::move(value);
  }
  if (!line.Take(" 1E+00")) return {};
  line.Take(", ");
  return labels;
}

std::optional<std::vector<Labels>> ReadSamples(Reader& line) {
  std::vector<Labels> samples;
  while (!line.AtEnd()) {
    std::optional<Labels> labels = ReadSample(line);
    if (!labels) return {};
    samples.push_back(*std::move(labels));
  }
  return samples;
}

// Alerts from the states they are in, step by step.
class Runs {
 public:
  // Of one time, all of them.
  void At(Timestamp now, std::vector<Labels> states) {
    std::map<Labels, AlertRun> still;
    for (Labels& labels : states) {
      const bool firing = labels[kState] == "firing";
      labels.erase(kState);
      labels.erase("__name__");
      const auto known = open_.find(labels);
      AlertRun run = known == open_.end() ? AlertRun{labels, {}, {}, {}} : known->second;
      if (firing && !run.firing) run.firing = now;
      if (!firing && !run.pending && !run.firing) run.pending = now;
      still[labels] = std::move(run);
    }
    for (auto& [labels, run] : open_) {
      if (still.contains(labels)) continue;
      run.resolved = now;
      ended_.push_back(std::move(run));
    }
    open_ = std::move(still);
  }

  AlertHistory Finish() {
    for (auto& [labels, run] : open_) ended_.push_back(std::move(run));
    const auto begin = [](const AlertRun& run) { return run.pending ? *run.pending : *run.firing; };
    std::sort(ended_.begin(), ended_.end(), [&](const AlertRun& a, const AlertRun& b) {
      return std::pair(begin(a), a.labels) < std::pair(begin(b), b.labels);
    });
    return std::move(ended_);
  }

 private:
  std::map<Labels, AlertRun> open_;
  AlertHistory ended_;
};

}  // namespace

std::string RuleTest(const StepSeries& series, const RuleFiles& rules) {
  const int64_t first = series.first_step().value_or(0);
  const int64_t places = series.last_step().value_or(first - 1) - first + 1;
  const double begin = Seconds(series.EndOf(first));
  Json input = Json::array();
  for (const auto& [name, family] : series.families()) {
    const double set_back = name.ends_with("_timestamp_seconds") ? begin : 0;
    for (const auto& [labels, samples] : family.series) {
      Values values;
      for (StepSeries::Walk walk(series, samples); walk.Next();) {
        values.Add(walk.step() - first, walk.value() - set_back);
      }
      input.push_back({{"series", SeriesText(name, labels)}, {"values", values.Finish(places)}});
    }
  }
  Values up;  // what a scrape adds
  for (int64_t place = 0; place < places; ++place) up.Add(place, 1);
  input.push_back({{"series", SeriesText("up", {})}, {"values", up.Finish(places)}});
  Json wanted = Json::array();
  for (int64_t place = 0; place < places; ++place) {
    wanted.push_back({{"expr", kAlerts}, {"eval_time", Milliseconds(place * series.step())}});
  }
  std::vector<std::string> files;
  for (const std::string& path : rules.paths) files.push_back(Literal(path));
  const std::string step = Milliseconds(series.step());
  const Json test = {{"interval", step}, {"input_series", input}, {"promql_expr_test", wanted}};
  const Json all = {{"rule_files", files},
                    {"group_eval_order", rules.groups},
                    {"evaluation_interval", step},
                    {"tests", Json::array({test})}};
  return all.dump();
}

absl::StatusOr<AlertHistory> ReadRuleTest(const std::string& printed, const StepSeries& series) {
  const int64_t first = series.first_step().value_or(0);
  const int64_t places = series.last_step().value_or(first - 1) - first + 1;
  std::vector<std::vector<Labels>> states(static_cast<size_t>(places));
  std::optional<int64_t> place;
  std::istringstream lines(printed);
  for (std::string text; std::getline(lines, text);) {
    const auto odd = [&] { return absl::InvalidArgumentError(text); };
    Reader line(text);
    line.PassBlanks();
    if (line.AtEnd() || line.Take("Unit Testing:") || line.Take("FAILED:") ||
        line.Take("SUCCESS") || line.Take("exp: nil")) {
      continue;
    }
    if (line.Take("expr: \"ALERTS\", time: ")) {
      const std::optional<int64_t> time = line.Duration();
      if (!time || !line.Take(",") || *time / series.step() >= places) return odd();
      place = *time / series.step();
    } else if (line.Take("got: ") && place) {
      auto samples = ReadSamples(line);
      if (!samples) return odd();
      states[static_cast<size_t>(*place)] = *std::move(samples);
    } else {
      return odd();
    }
  }
  Runs runs;
  for (int64_t i = 0; i < places; ++i) {
    runs.At({series.EndOf(first + i)}, std::move(states[static_cast<size_t>(i)]));
  }
  return runs.Finish();
}

}  // namespace rcodescope
