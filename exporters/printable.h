// Text from the outside (file names, keys, error texts) made safe for a terminal and for UTF-8
// formats.
#pragma once

#include <string>
#include <string_view>

namespace rcodescope {

// `text` with every byte that is not part of a printable UTF-8 character written \xHH: C0 and C1
// controls, DEL, the directional controls U+200E–200F, U+202A–202E and U+2066–2069, line and
// paragraph separators, and whatever is not UTF-8 (RFC 3629 §4).
std::string Printable(std::string_view text);

// Columns that printable UTF-8 takes, one a character.
size_t DisplayWidth(std::string_view text);

// The first or last `columns` columns of `text`.
std::string_view FirstColumns(std::string_view text, size_t columns);
std::string_view LastColumns(std::string_view text, size_t columns);

}  // namespace rcodescope
