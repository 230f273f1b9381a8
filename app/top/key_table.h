// The keys of one dimension by what the view asks for.
#pragma once

#include <cstddef>
#include <string>

#include "app/top/figures.h"
#include "app/top/view.h"
#include "exporters/text_table.h"

namespace rcodescope {

struct KeyTable {
  std::string title;  // what they are, how many there are, what the report does not name
  TextTable table;
  size_t rows = 0;  // of the table, without its header
};

// At most `rows` of those that match and have responses of the view's code; fewer are skipped than
// the view says rather than none shown.
KeyTable MakeKeyTable(const FigureHistory& history, const TopView& view, size_t rows);

}  // namespace rcodescope
