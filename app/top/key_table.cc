#include "app/top/key_table.h"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <vector>

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include "exporters/printable.h"
#include "exporters/text_format.h"

namespace rcodescope {
namespace {

constexpr std::array<const char*, 3> kOrderNames = {"by rate", "by count", "by share"};

struct Row {
  const std::string* key = nullptr;
  uint64_t count = 0;              // with the view's code
  uint64_t responses = 0;          // of all codes
  std::optional<uint64_t> recent;  // of `count`; empty: unknown
};

uint64_t CountOf(const CodeCounts& counts, const std::string& code) {
  if (code.empty()) return ErrorsOf(counts);
  const auto found = counts.find(code);
  return found == counts.end() ? 0 : found->second;
}

// What was counted since the report before. Of a key that it did not name nothing is known, unless
// it named all there were.
std::optional<uint64_t> Recent(uint64_t count, const KeyFigures* before, const std::string& key,
                               const std::string& code) {
  if (before == nullptr) return count;
  const auto was = before->keys.find(key);
  if (was == before->keys.end()) {
    return SumOf(before->other) == 0 ? std::optional(count) : std::nullopt;
  }
  const uint64_t counted = CountOf(was->second, code);
  return counted > count ? std::nullopt : std::optional(count - counted);
}

// Names of zones and addresses are written in lower case.
bool Matches(const std::string& key, const std::string& text) {
  return absl::StrContains(key, absl::AsciiStrToLower(text));
}

bool Before(const Row& a, const Row& b, KeyOrder order) {
  const auto share = [](const Row& row) {
    return static_cast<double>(row.count) / static_cast<double>(row.responses);
  };
  const auto rank = [&](const Row& row) {
    const double first = order == KeyOrder::kShare  ? share(row)
                         : order == KeyOrder::kRate ? static_cast<double>(row.recent.value_or(0))
                                                    : 0;
    return std::tuple(-first, -static_cast<double>(row.count));
  };
  return std::tuple(rank(a), *a.key) < std::tuple(rank(b), *b.key);
}

}  // namespace

KeyTable MakeKeyTable(const FigureHistory& history, const TopView& view, size_t rows) {
  const size_t dimension = static_cast<size_t>(view.dimension);
  const KeyFigures& figures = history.now().dimensions[dimension];
  const KeyFigures* const before =
      history.before() == nullptr ? nullptr : &history.before()->dimensions[dimension];
  std::vector<Row> found;
  for (const auto& [key, counts] : figures.keys) {
    const uint64_t count = CountOf(counts, view.code);
    if (count == 0 || !Matches(key, view.text)) continue;
    found.push_back({&key, count, SumOf(counts), Recent(count, before, key, view.code)});
  }
  std::sort(found.begin(), found.end(),
            [&](const Row& a, const Row& b) { return Before(a, b, view.order); });

  const size_t skipped = std::min(view.skipped, found.size() - std::min(found.size(), rows));
  const size_t shown = std::min(rows, found.size() - skipped);
  const std::string code = view.code.empty() ? "errors" : Printable(view.code);
  const std::string name(kDimensionNames[dimension]);
  KeyTable result{
      absl::StrCat(name, "s with ", code, " ", kOrderNames[static_cast<size_t>(view.order)], ": ",
                   shown == 0
                       ? "none"
                       : absl::StrCat(skipped + 1, "-", skipped + shown, " of ", found.size()),
                   view.text.empty() ? "" : absl::StrCat(", with \"", Printable(view.text), "\""),
                   "; other ", Grouped(CountOf(figures.other, view.code))),
      TextTable({{name, false, Fit::kCutMiddle},
                 {"a second", true},
                 {code, true},
                 {"of its own", true},
                 {"responses", true, Fit::kDrop}}),
      shown};
  for (size_t i = skipped; i < skipped + shown; ++i) {
    const Row& row = found[i];
    result.table.Add({{Printable(*row.key)},
                      {row.recent ? Rate(*row.recent, history.span_ns()) : ""},
                      {Grouped(row.count)},
                      {Percent(row.count, row.responses)},
                      {Grouped(row.responses)}});
  }
  return result;
}

}  // namespace rcodescope
