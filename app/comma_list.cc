#include "app/comma_list.h"

#include "absl/strings/str_cat.h"
#include "app/duration_size.h"
#include "app/quote.h"

namespace rcodescope {
namespace {

absl::StatusOr<NumberRange> ParseRange(const std::string& text, const std::string& noun,
                                       uint64_t minimum, uint64_t maximum) {
  const size_t dash = text.find('-');
  const absl::StatusOr<uint64_t> first = ParseInteger(text.substr(0, dash), minimum, maximum);
  const absl::StatusOr<uint64_t> last =
      dash == std::string::npos ? first : ParseInteger(text.substr(dash + 1), minimum, maximum);
  for (const absl::StatusOr<uint64_t>* end : {&first, &last}) {
    if (!end->ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(noun, " ", Quote(text), " is ", end->status().message()));
    }
  }
  if (*first > *last) {
    return absl::InvalidArgumentError(absl::StrCat("the range ", text, " runs backwards"));
  }
  return NumberRange{*first, *last};
}

}  // namespace

std::vector<std::string> SplitAtCommas(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

absl::StatusOr<std::vector<NumberRange>> ParseRanges(const std::string& text,
                                                     const std::string& noun, uint64_t minimum,
                                                     uint64_t maximum) {
  std::vector<NumberRange> ranges;
  for (const std::string& part : SplitAtCommas(text)) {
    const absl::StatusOr<NumberRange> range = ParseRange(part, noun, minimum, maximum);
    if (!range.ok()) return range.status();
    ranges.push_back(*range);
  }
  return ranges;
}

}  // namespace rcodescope
