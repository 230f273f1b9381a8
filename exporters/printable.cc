#include "exporters/printable.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace rcodescope {
namespace {

uint8_t ByteAt(std::string_view text, size_t at) { return static_cast<uint8_t>(text[at]); }

bool Continues(char c) { return (static_cast<uint8_t>(c) & 0xc0U) == 0x80U; }

struct Character {
  uint32_t code_point = 0;
  size_t size = 0;  // bytes; 0: not UTF-8
};

Character ReadCharacter(std::string_view text, size_t at) {
  const uint8_t lead = ByteAt(text, at);
  if (lead < 0x80) return {lead, 1};
  const size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() - at < size) return {};
  uint32_t code_point = lead & (0xffU >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if (!Continues(text[at + i])) return {};
    code_point = code_point << 6 | (ByteAt(text, at + i) & 0x3fU);
  }
  constexpr std::array<uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};  // by size
  const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  if (code_point < kSmallest[size] || code_point > 0x10ffff || surrogate) return {};
  return {code_point, size};
}

bool IsPrintable(uint32_t code_point) {
  if (code_point < 0x20) return false;
  if (code_point >= 0x7f && code_point <= 0x9f) return false;
  if (code_point == 0x200e || code_point == 0x200f) return false;
  if (code_point >= 0x2028 && code_point <= 0x202e) return false;
  return code_point < 0x2066 || code_point > 0x2069;
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const Character character = ReadCharacter(text, at);
    const size_t size = std::max<size_t>(character.size, 1);
    if (character.size > 0 && IsPrintable(character.code_point)) {
      result.append(text.substr(at, size));
    } else {
      for (size_t i = at; i < at + size; ++i) {
        std::array<char, 8> escape{};
        std::snprintf(escape.data(), escape.size(), "\\x%02x", unsigned{ByteAt(text, i)});
        result += escape.data();
      }
    }
    at += size;
  }
  return result;
}

size_t DisplayWidth(std::string_view text) {
  return text.size() - static_cast<size_t>(std::count_if(text.begin(), text.end(), Continues));
}

std::string_view FirstColumns(std::string_view text, size_t columns) {
  size_t at = 0;
  for (; at < text.size() && columns > 0; --columns) {
    do {
      ++at;
    } while (at < text.size() && Continues(text[at]));
  }
  return text.substr(0, at);
}

std::string_view LastColumns(std::string_view text, size_t columns) {
  const size_t width = DisplayWidth(text);
  if (columns >= width) return text;
  return text.substr(FirstColumns(text, width - columns).size());
}

}  // namespace rcodescope
