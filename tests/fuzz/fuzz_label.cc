// Text and names from outside as they are shown: printable, and nothing of them lost.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "exporters/printable.h"
#include "parse/dns_name.h"
#include "tests/fuzz/require.h"

namespace rcodescope {
namespace {

// Length of the UTF-8 character in front (RFC 3629 §4), and its code point. 0: it is none.
size_t Utf8Character(std::string_view text, uint32_t& code_point) {
  const auto octet = [&text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const size_t size = octet(0) < 0x80 ? 1 : octet(0) < 0xe0 ? 2 : octet(0) < 0xf0 ? 3 : 4;
  if ((octet(0) >= 0x80 && octet(0) < 0xc2) || octet(0) > 0xf4 || size > text.size()) return 0;
  code_point = size == 1 ? octet(0) : octet(0) & (0x7fU >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((octet(i) & 0xc0) != 0x80) return 0;
    code_point = code_point << 6 | (octet(i) & 0x3fU);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  return code_point < kSmallest[size] || code_point > 0x10ffff || surrogate ? 0 : size;
}

bool MayBeShown(uint32_t c) {
  const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
  const bool directional =
      (c >= 0x200e && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  return !control && !directional && c != 0x2028 && c != 0x2029;
}

// Checks that `text` is printable UTF-8 and counts its characters.
size_t CheckPrintable(std::string_view text) {
  size_t characters = 0;
  while (!text.empty()) {
    uint32_t code_point = 0;
    const size_t size = Utf8Character(text, code_point);
    Require(size != 0, "printable text is UTF-8");
    Require(MayBeShown(code_point), "printable text has no control characters");
    text.remove_prefix(size);
    ++characters;
  }
  return characters;
}

unsigned HexDigit(char c) {
  const size_t digit = std::string_view("0123456789abcdef").find(static_cast<char>(c | 0x20));
  Require(digit < 16, "an escape has hexadecimal digits");
  return static_cast<unsigned>(digit);
}

// Takes back the \xHH of a text that had no backslash of its own.
std::string Unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out.push_back(text[i]);
      continue;
    }
    Require(i + 3 < text.size() && text[i + 1] == 'x', "an escape is \\xHH");
    out.push_back(static_cast<char>(HexDigit(text[i + 2]) << 4 | HexDigit(text[i + 3])));
    i += 3;
  }
  return out;
}

void CheckText(const std::string& text, size_t columns) {
  const std::string shown = Printable(text);
  const size_t characters = CheckPrintable(shown);
  Require(Printable(shown) == shown, "printable text stays as it is");
  Require(DisplayWidth(shown) == characters, "a character takes a column");
  if (text.find('\\') == std::string::npos) {
    Require(Unescaped(shown) == text, "escapes can be taken back");
  }
  const std::string_view first = FirstColumns(shown, columns);
  const std::string_view last = LastColumns(shown, columns);
  Require(CheckPrintable(first) == std::min(columns, characters), "as many columns in front");
  Require(CheckPrintable(last) == std::min(columns, characters), "as many columns at the end");
  Require(shown.starts_with(first) && shown.ends_with(last), "columns are parts of the text");
}

// A name in wire form from any bytes: lengths are made right.
std::string WireName(std::string_view bytes) {
  std::string name;
  while (!bytes.empty()) {
    const size_t length = std::min<size_t>(1 + (bytes[0] & 63) % 63, bytes.size());
    if (name.size() + 1 + length + 1 > kLongestName) break;
    name.push_back(static_cast<char>(length));
    name += bytes.substr(0, length);
    bytes.remove_prefix(length);
  }
  return name + '\0';
}

// Reads a presentation form (RFC 1035 §5.1) back into wire form.
std::string ParsePresentation(std::string_view text) {
  std::string name;
  std::string label;
  for (size_t i = 0; i < text.size(); ++i) {
    Require(text[i] >= 0x21 && text[i] <= 0x7e, "presentation form is printable ASCII");
    if (text[i] == '.') {
      if (!label.empty()) name += static_cast<char>(label.size()) + label;
      label.clear();
    } else if (text[i] != '\\') {
      label.push_back(text[i]);
    } else if (text[i + 1] < '0' || text[i + 1] > '9') {
      label.push_back(text[++i]);
    } else {
      Require(i + 3 < text.size(), "an escape has three digits");
      label.push_back(static_cast<char>(std::stoi(std::string(text.substr(i + 1, 3)))));
      i += 3;
    }
  }
  Require(label.empty() && text.ends_with('.'), "a name ends with a dot");
  return name + '\0';
}

void CheckName(const std::string& wire) {
  const auto labels = [&wire] {
    size_t count = 0;
    for (size_t at = 0; wire[at] != 0; at += 1 + static_cast<unsigned char>(wire[at])) ++count;
    return count;
  };
  const NameRef name{.data = reinterpret_cast<const uint8_t*>(wire.data()),
                     .size = static_cast<uint8_t>(wire.size()),
                     .labels = static_cast<uint8_t>(labels())};
  const std::string shown = PresentationForm(name);
  Require(ParsePresentation(shown) == wire, "a presentation form can be read back");
  Require(Printable(shown) == shown, "a presentation form is printable");
}

}  // namespace
}  // namespace rcodescope

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string text(data + 1, data + size);
  rcodescope::CheckText(text, data[0] % 80);
  rcodescope::CheckName(rcodescope::WireName(text));
  return 0;
}
