// What is kept from the TOML parser.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace rcodescope {

struct TextPosition {
  uint32_t line = 1;
  uint32_t column = 1;  // in characters, not bytes
  bool operator==(const TextPosition&) const = default;
};

// The first character beyond ASCII of every line that has one outside comments and one-line
// strings. TOML 1.0 allows none there but in multi-line strings, which no option needs; toml++
// 3.3.0 runs into undefined behaviour when it asks whether such a character is white space.
std::vector<TextPosition> FindStrayCharacters(std::string_view toml);

}  // namespace rcodescope
