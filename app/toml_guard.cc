#include "app/toml_guard.h"

#include <cstddef>

namespace rcodescope {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// Tells strings and comments apart, byte by byte.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  // Whether the byte at `at` lies where any character may stand. Called for each in order.
  bool Sheltered(size_t at) {
    const char c = text_[at];
    if (skip_ > 0) {
      --skip_;
    } else if (quote_ == '\0') {
      Open(at);
    } else if (c == '\n' && !multi_line_) {
      quote_ = '\0';
    } else if (c == '\\' && quote_ == '"') {
      skip_ = 1;
      if (!multi_line_ && text_.substr(at + 1, 1) == "\n") skip_ = 0;
    } else if (c == quote_) {
      Close(at);
    }
    return quote_ != '\0' && !multi_line_;
  }

 private:
  void Open(size_t at) {
    const char c = text_[at];
    if (c != '#' && c != '"' && c != '\'') return;
    quote_ = c;
    multi_line_ = c != '#' && Run(at) >= 3;
    if (multi_line_) skip_ = 2;
  }

  void Close(size_t at) {
    if (quote_ == '#') return;
    if (multi_line_) {
      const size_t quotes = Run(at);
      if (quotes < 3) return;
      skip_ = quotes < 5 ? quotes - 1 : 4;  // """"" ends in two quotes of its own
    }
    quote_ = '\0';
    multi_line_ = false;
  }

  // How many times the byte at `at` is repeated from there.
  size_t Run(size_t at) const {
    const size_t end = text_.find_first_not_of(text_[at], at);
    return (end == std::string_view::npos ? text_.size() : end) - at;
  }

  std::string_view text_;
  char quote_ = '\0';  // that the string began with, '#' in a comment, 0 outside both
  bool multi_line_ = false;
  size_t skip_ = 0;  // bytes without a meaning of their own
};

}  // namespace

std::vector<TextPosition> FindStrayCharacters(std::string_view toml) {
  if (toml.starts_with(kByteOrderMark)) toml.remove_prefix(kByteOrderMark.size());
  std::vector<TextPosition> found;
  TextPosition position;
  Lexer lexer(toml);
  for (size_t at = 0; at < toml.size(); ++at) {
    const bool sheltered = lexer.Sheltered(at);
    const auto byte = static_cast<unsigned char>(toml[at]);
    if (byte >= 0x80 && !sheltered && (found.empty() || found.back().line != position.line)) {
      found.push_back(position);
    }
    if (byte == '\n') {
      ++position.line;
      position.column = 1;
    } else if (at + 1 == toml.size() || (static_cast<unsigned char>(toml[at + 1]) & 0xC0) != 0x80) {
      ++position.column;
    }
  }
  return found;
}

}  // namespace rcodescope
