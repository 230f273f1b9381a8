#include "exporters/text_table.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "exporters/printable.h"

namespace rcodescope {
namespace {

constexpr size_t kIndent = 2;
constexpr size_t kGap = 2;
// Columns that may give way do so down to the first, then others are dropped, then to the second.
constexpr size_t kReadable = 40;  // an IPv6 address has up to 39 characters
constexpr size_t kLeastFlexible = 16;

// SGR sequences (ECMA-48 §8.3.117), by Ink.
constexpr std::array<std::string_view, 6> kSequences = {"",         "\x1b[1m",  "\x1b[2m",
                                                        "\x1b[32m", "\x1b[31m", "\x1b[33m"};
constexpr std::string_view kReset = "\x1b[0m";

std::string CutMiddle(const std::string& text, size_t width) {
  if (DisplayWidth(text) <= width || width == 0) return text;
  const size_t head = (width - 1) / 2;
  return std::string(FirstColumns(text, head)) + "…" +
         std::string(LastColumns(text, width - 1 - head));
}

// Lines of at most `width`, broken at blanks where there are any.
std::vector<std::string> Wrap(std::string_view text, size_t width) {
  std::vector<std::string> lines;
  while (DisplayWidth(text) > width) {
    const std::string_view fits = FirstColumns(text, width + 1);
    const size_t blank = fits.rfind(' ');
    const bool at_blank = blank != std::string_view::npos && blank > 0;
    const size_t taken = at_blank ? blank : FirstColumns(text, width).size();
    lines.emplace_back(text.substr(0, taken));
    text.remove_prefix(taken + (at_blank ? 1 : 0));
  }
  lines.emplace_back(text);
  return lines;
}

// Puts cells into a line, with blanks only where text follows.
class Line {
 public:
  void Place(size_t column, const std::string& text, Ink ink, bool color) {
    if (text.empty()) return;
    line_.append(column - at_, ' ');
    line_ += Inked(text, ink, color);
    at_ = column + DisplayWidth(text);
  }
  std::string End() { return std::move(line_) + "\n"; }

 private:
  std::string line_;
  size_t at_ = 0;
};

}  // namespace

std::string Inked(std::string_view text, Ink ink, bool color) {
  const std::string_view sequence = kSequences[static_cast<size_t>(ink)];
  if (!color || sequence.empty()) return std::string(text);
  return std::string(sequence) + std::string(text) + std::string(kReset);
}

void TextTable::Add(std::vector<Cell> row) {
  row.resize(columns_.size());
  rows_.push_back(std::move(row));
}

// 0 for a column that is not shown.
std::vector<size_t> TextTable::Widths(size_t width) const {
  std::vector<size_t> widths(columns_.size());
  for (size_t i = 0; i < columns_.size(); ++i) {
    for (const auto& row : rows_) widths[i] = std::max(widths[i], DisplayWidth(row[i].text));
    if (widths[i] > 0) widths[i] = std::max(widths[i], DisplayWidth(columns_[i].header));
  }
  const auto total = [&] {
    const auto shown =
        widths.size() - static_cast<size_t>(std::count(widths.begin(), widths.end(), size_t{0}));
    const size_t gaps = shown > 1 ? (shown - 1) * kGap : 0;
    return std::accumulate(widths.begin(), widths.end(), kIndent + gaps);
  };
  const auto narrow = [&](size_t least) {
    for (size_t i = 0; i < columns_.size() && total() > width; ++i) {
      const bool flexible = columns_[i].fit == Fit::kWrap || columns_[i].fit == Fit::kCutMiddle;
      const size_t kept = std::max(least, DisplayWidth(columns_[i].header));
      if (!flexible || widths[i] <= kept) continue;
      widths[i] -= std::min(total() - width, widths[i] - kept);
    }
  };
  narrow(kReadable);
  for (size_t i = columns_.size(); i-- > 0 && total() > width;) {
    if (columns_[i].fit == Fit::kDrop) widths[i] = 0;
  }
  narrow(kLeastFlexible);
  return widths;
}

std::string TextTable::Render(size_t width, bool color) const {
  const std::vector<size_t> widths = Widths(width);
  std::string text;
  const auto add_line = [&](const std::vector<Cell>& row) {
    Line line;
    std::vector<std::string> more;
    size_t column = kIndent;
    size_t wrapped_column = 0;
    for (size_t i = 0; i < row.size(); ++i) {
      if (widths[i] == 0) continue;
      std::string cell = row[i].text;
      if (columns_[i].fit == Fit::kCutMiddle) cell = CutMiddle(cell, widths[i]);
      if (columns_[i].fit == Fit::kWrap) {
        more = Wrap(cell, widths[i]);
        cell = more.front();
        more.erase(more.begin());
        wrapped_column = column;
      }
      const size_t pad = columns_[i].right ? widths[i] - DisplayWidth(cell) : 0;
      line.Place(column + pad, cell, row[i].ink, color);
      column += widths[i] + kGap;
    }
    text += line.End();
    for (const std::string& rest : more) {
      Line next;
      next.Place(wrapped_column, rest, row.back().ink, color);
      text += next.End();
    }
  };
  std::vector<Cell> header;
  for (const Column& column : columns_) header.push_back({column.header, Ink::kFaint});
  const bool has_header = std::any_of(columns_.begin(), columns_.end(),
                                      [](const Column& c) { return !c.header.empty(); });
  if (has_header) add_line(header);
  for (const auto& row : rows_) add_line(row);
  return text;
}

}  // namespace rcodescope
