#include "exporters/series_text.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace rcodescope {
namespace {

template <typename Number>
std::string Digits(Number number) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

}  // namespace

std::string EscapedText(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\n') {
      escaped += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string SeriesText(std::string_view name, const StepSeries::Labels& labels) {
  std::string text(name);
  char before = '{';
  const auto add = [&](std::string_view label, std::string_view value) {
    text += before;
    text += label;
    text += "=\"";
    text += EscapedText(value);
    text += '"';
    before = ',';
  };
  for (const auto& [label, value] : kReplayTarget) add(label, value);
  for (const auto& label : labels) add(label.name, label.value);
  return text + "}";
}

std::string ValueText(double value) {
  constexpr double kExact = 9'007'199'254'740'992.0;  // 2^53
  const bool whole =
      value >= 0 && value <= kExact && value == static_cast<double>(static_cast<uint64_t>(value));
  return whole ? Digits(static_cast<uint64_t>(value)) : Digits(value);
}

}  // namespace rcodescope
