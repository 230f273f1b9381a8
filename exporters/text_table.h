// Aligned columns for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rcodescope {

// What a piece of text is; the colour follows from it.
enum class Ink : uint8_t { kPlain, kHeading, kFaint, kGood, kError, kWarning };

// `text` in its colour where `color` is set, else as it is.
std::string Inked(std::string_view text, Ink ink, bool color);

struct Cell {
  std::string text;  // printable UTF-8 on one line: see Printable
  Ink ink = Ink::kPlain;
};

// What a column does when the table is wider than it may be.
enum class Fit : uint8_t {
  kKeep,
  kDrop,       // it is left out, the last one first
  kCutMiddle,  // its cells lose their middle to an ellipsis
  kWrap,       // its cells go on in the next line; the last column only
};

struct Column {
  std::string header;
  bool right = false;  // aligned to the right, as numbers are
  Fit fit = Fit::kKeep;
};

// A table indented by two. A column that no row has text in is left out.
class TextTable {
 public:
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell a column; missing ones at the end are empty.
  void Add(std::vector<Cell> row);
  bool empty() const { return rows_.empty(); }

  // Header and rows, each line ended, no blanks at line ends. Lines are at most `width` columns
  // where the columns that may give way allow it.
  std::string Render(size_t width, bool color) const;

 private:
  std::vector<size_t> Widths(size_t width) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace rcodescope
