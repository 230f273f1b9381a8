// What `top` shows, as lines of text: a function of the figures alone, without a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "app/top/figures.h"
#include "app/top/view.h"
#include "exporters/text_table.h"

namespace rcodescope {

struct FrameLine {
  std::string text;  // printable UTF-8, at most so many columns as there are; no control bytes
  Ink ink = Ink::kPlain;
};

struct FrameSize {
  size_t rows = 24;  // 0: as many as it takes
  size_t columns = 80;
};

struct FrameSource {
  std::string url;
  std::string problem;                     // why there are no newer figures; empty: there are
  const FigureHistory* history = nullptr;  // may be empty
  int64_t unchanged_s = 0;                 // since the report has changed
};

struct Frame {
  std::vector<FrameLine> lines;  // at most `rows`
  size_t key_rows = 0;           // of them, those with keys of the chosen dimension
};

// Codes by their responses, the most first; as the view goes through them.
std::vector<std::string> CodeNames(const Figures& figures);

// With three dimensions where there is room for them, else the view's.
Frame MakeFrame(const FrameSource& source, const TopView& view, FrameSize size);

}  // namespace rcodescope
