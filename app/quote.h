// Text from outside, made safe for a terminal and a log.
#pragma once

#include <string>
#include <string_view>

namespace rcodescope {

// Printable ASCII but `"` and `\` stands as it is; those two get a backslash, newline, return and
// tab become \n, \r and \t, every other byte \xHH. So the result holds no control byte (of C0, C1
// or DEL), no bare quote, and nothing that is not ASCII.
std::string Escape(std::string_view text);

// Escape(text) between double quotes.
std::string Quote(std::string_view text);

}  // namespace rcodescope
