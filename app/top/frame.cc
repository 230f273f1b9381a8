#include "app/top/frame.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_split.h>

#include "app/top/key_table.h"
#include "exporters/printable.h"
#include "exporters/text_format.h"

namespace rcodescope {
namespace {

constexpr size_t kUnlimited = std::numeric_limits<size_t>::max();
constexpr size_t kLeastCodes = 3;
constexpr size_t kBarCells = 12;
constexpr size_t kRowsForAll = 24;      // of keys, with their headings
constexpr size_t kRowsWithoutEnd = 10;  // of a table, where there is no end of the screen
constexpr int64_t kStillSeconds = 10;
constexpr double kLagWorthTelling = 1;  // seconds

constexpr std::array<const char*, 12> kHelp = {
    "z s c, Tab    zones, servers, clients",
    "left, right   the code by which they are shown: all errors, then each",
    "r             its name",
    "/             only keys that contain a text",
    "o             order: by rate, by count, by share of the key's own responses",
    "up, down      scroll; also a page at a time",
    "p, blank      pause: nothing moves until it is pressed again",
    "Esc           all keys, all errors",
    "q             leave",
    "",
    "Rates are of the time between the last two reports that differ, as the packets",
    "tell it. A key without a rate was not in the report before.",
};

// Lines up to a number of them.
class Lines {
 public:
  Lines(size_t rows, size_t columns) : rows_(rows), columns_(columns) {}
  size_t left() const { return rows_ - std::min(rows_, lines_.size()); }
  void Add(std::string text, Ink ink = Ink::kPlain) {
    if (left() == 0) return;
    lines_.push_back({std::string(FirstColumns(text, columns_)), ink});
  }
  // The table's header is in `ink`.
  void AddTable(const TextTable& table, Ink ink) {
    const std::string text = table.Render(columns_, /*color=*/false);
    Ink next = ink;
    for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
      Add(std::string(line), std::exchange(next, Ink::kPlain));
    }
  }
  std::vector<FrameLine> Take() { return std::move(lines_); }

 private:
  size_t rows_, columns_;
  std::vector<FrameLine> lines_;
};

std::string CountWithRate(uint64_t now, uint64_t before, int64_t span) {
  const std::string rate = now < before ? "" : Rate(now - before, span);
  return rate.empty() ? Grouped(now) : absl::StrCat(rate, "/s (", Grouped(now), ")");
}

// To the second.
std::string Moment(const std::string& time) {
  return time.size() < 19 ? Printable(time) : Printable(time.substr(0, 19)) + "Z";
}

void AddHead(const FrameSource& source, const TopView& view, Lines& lines) {
  std::string head = "rcodescope  " + Printable(source.url);
  const FigureHistory& history = *source.history;
  if (!history.empty() && !history.now().last.empty()) {
    absl::StrAppend(&head, "  ", Moment(history.now().last));
  }
  lines.Add((view.paused ? "PAUSED  " : "") + head, Ink::kHeading);
  if (history.empty() && source.problem.empty()) {
    lines.Add("it is asked for its figures", Ink::kFaint);
  } else if (!source.problem.empty()) {
    lines.Add("no new figures: " + Printable(source.problem) + "; it is asked again", Ink::kError);
  } else if (source.unchanged_s >= kStillSeconds) {
    lines.Add(absl::StrCat("its report has not changed for ", source.unchanged_s, " s"),
              Ink::kWarning);
  }
}

void AddTotals(const FigureHistory& history, Lines& lines) {
  const Figures& now = history.now();
  static const Figures kNothing;
  const Figures& before = history.before() != nullptr ? *history.before() : kNothing;
  const int64_t span = history.span_ns();
  const auto with_rate = [&](uint64_t count, uint64_t was) {
    return CountWithRate(count, was, span);
  };
  lines.Add(absl::StrCat(
      "responses ", with_rate(now.responses, before.responses), "  errors ",
      Percent(ErrorsOf(now.codes) - std::min(ErrorsOf(before.codes), ErrorsOf(now.codes)),
              now.responses - before.responses),
      "  queries ", with_rate(now.queries, before.queries)));
  lines.Add(absl::StrCat("packets ", with_rate(now.packets, before.packets),
                         span == 0                     ? "  no rates: of less than a second"
                         : history.before() != nullptr ? "  rates are of the last "
                                                       : "  rates are of all ",
                         span == 0 ? "" : Span(span)));
  std::string dropped = "dropped";
  uint64_t lost = 0;
  for (const auto& [stage, count] : now.dropped) {
    const auto found = before.dropped.find(stage);
    const uint64_t was = found == before.dropped.end() ? 0 : std::min(found->second, count);
    absl::StrAppend(&dropped, "  ", Printable(stage), " ",
                    count == 0 ? "0" : with_rate(count, was));
    if (stage != "filter") lost += count - was;
  }
  absl::StrAppend(&dropped, "  held ", Grouped(now.held), "  residual ", now.residual);
  if (now.lag_seconds) absl::StrAppendFormat(&dropped, "  lag %.3f s", *now.lag_seconds);
  const bool behind = now.lag_seconds.value_or(0) >= kLagWorthTelling;
  lines.Add(dropped, now.residual != 0 || lost != 0 ? Ink::kError
                     : behind                       ? Ink::kWarning
                                                    : Ink::kPlain);
  for (const std::string& link : now.links_down) {
    lines.Add("the link of " + Printable(link) + " is down", Ink::kError);
  }
}

void AddSpikes(const Figures& now, size_t most, size_t columns, Lines& lines) {
  if (now.spikes.empty()) {
    lines.Add("no spike goes on", Ink::kFaint);
    return;
  }
  size_t told = 0, used = 0;
  for (const std::string& spike : now.spikes) {
    TextTable sentence({{"", false, Fit::kWrap}});
    sentence.Add({{spike.empty() ? "a spike without words" : Printable(spike)}});
    std::vector<std::string> parts =
        absl::StrSplit(sentence.Render(columns, false), '\n', absl::SkipEmpty());
    const bool fits = used + parts.size() + (told + 1 < now.spikes.size() ? 1 : 0) <= most;
    if (!fits && told > 0) break;
    if (!fits) parts.resize(std::min(parts.size(), std::max<size_t>(most, 2) - 1));
    for (std::string& part : parts) {
      if (&part == &parts.front()) part.front() = '!';
      lines.Add(std::move(part), Ink::kError);
    }
    used += parts.size();
    ++told;
    if (!fits) break;
  }
  if (told < now.spikes.size()) {
    lines.Add(absl::StrCat("  and ", now.spikes.size() - told, " more spikes"), Ink::kError);
  }
}

void AddCodes(const FigureHistory& history, const TopView& view, size_t rows, Lines& lines) {
  const Figures& now = history.now();
  TextTable table({{""},
                   {"rcode"},
                   {"a second", true},
                   {"share", true},
                   {"responses", true},
                   {"share", true},
                   {"", false, Fit::kDrop}});
  const auto before = [&](const std::string& code) -> uint64_t {
    if (history.before() == nullptr) return 0;
    const auto was = history.before()->codes.find(code);
    return was == history.before()->codes.end() ? 0 : was->second;
  };
  const uint64_t responses_before = history.before() == nullptr ? 0 : history.before()->responses;
  std::vector<std::string> names = CodeNames(now);
  // The chosen one is among those that are shown.
  const auto chosen = std::find(names.begin(), names.end(), view.code);
  if (rows > 0 && chosen != names.end() && static_cast<size_t>(chosen - names.begin()) >= rows) {
    std::rotate(names.begin() + static_cast<std::ptrdiff_t>(rows) - 1, chosen, chosen + 1);
  }
  for (size_t i = 0; i < std::min(rows, names.size()); ++i) {
    const uint64_t count = now.codes.at(names[i]);
    const uint64_t recent = count - std::min(count, before(names[i]));
    table.Add({{names[i] == view.code ? ">" : ""},
               {Printable(names[i])},
               {Rate(recent, history.span_ns())},
               {Percent(recent, now.responses - responses_before)},
               {Grouped(count)},
               {Percent(count, now.responses)},
               {Bar(count, now.responses, kBarCells)}});
  }
  if (!table.empty()) lines.AddTable(table, Ink::kHeading);
}

std::string LastLine(const TopView& view) {
  switch (view.prompt) {
    case TopView::Prompt::kCode: return "code (none: all errors): " + view.typed;
    case TopView::Prompt::kText: return "only keys with (none: all): " + view.typed;
    case TopView::Prompt::kNone: break;
  }
  return "z s c keys of  </> r code  / text  o order  p pause  Esc clear  ? help  q quit";
}

// Rows of keys that the table of the view's dimension has.
size_t AddKeys(const FrameSource& source, const TopView& view, bool endless, Lines& lines) {
  const bool all = endless || lines.left() >= kRowsForAll;
  std::vector<Dimension> dimensions = {view.dimension};
  for (size_t i = 0; all && i < kDimensions; ++i) {
    if (static_cast<Dimension>(i) != view.dimension)
      dimensions.push_back(static_cast<Dimension>(i));
  }
  size_t key_rows = 0;
  for (size_t i = 0; i < dimensions.size(); ++i) {
    const size_t room = endless ? kRowsWithoutEnd + 2 : lines.left() / (dimensions.size() - i);
    if (room < 3) break;
    TopView of = view;
    of.dimension = dimensions[i];
    if (i > 0) of.skipped = 0;
    const KeyTable keys = MakeKeyTable(*source.history, of, room - 2);
    lines.Add(keys.title, Ink::kHeading);
    if (keys.rows == 0) continue;
    lines.AddTable(keys.table, Ink::kFaint);
    if (i == 0) key_rows = keys.rows;
  }
  return key_rows;
}

}  // namespace

std::vector<std::string> CodeNames(const Figures& figures) {
  std::vector<std::string> names;
  for (const auto& [code, count] : figures.codes) names.push_back(code);
  std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return figures.codes.at(a) > figures.codes.at(b);
  });
  return names;
}

Frame MakeFrame(const FrameSource& source, const TopView& view, FrameSize size) {
  const bool endless = size.rows == 0;
  const size_t body = endless ? kUnlimited : size.rows - 1;
  Lines lines(body, size.columns);
  Frame frame;
  AddHead(source, view, lines);
  if (view.help) {
    lines.Add("");
    for (const char* const line : kHelp) lines.Add(line);
  } else if (!source.history->empty()) {
    const FigureHistory& history = *source.history;
    AddTotals(history, lines);
    AddSpikes(history.now(), endless ? kUnlimited : std::max<size_t>(2, size.rows / 6),
              size.columns, lines);
    const size_t codes = endless ? kRowsWithoutEnd : std::max(kLeastCodes, lines.left() / 3);
    AddCodes(history, view, codes, lines);
    frame.key_rows = AddKeys(source, view, endless, lines);
  }
  frame.lines = lines.Take();
  if (endless) return frame;
  frame.lines.resize(body);
  frame.lines.push_back({std::string(FirstColumns(LastLine(view), size.columns)), Ink::kFaint});
  return frame;
}

}  // namespace rcodescope
