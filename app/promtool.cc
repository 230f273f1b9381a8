#include "app/promtool.h"

#include "absl/strings/str_cat.h"

namespace rcodescope {
namespace {

// Of the lines that are not empty, without the blanks around it.
std::string LastLine(const std::string& text) {
  constexpr char kBlanks[] = " \t\r\n";
  const size_t end = text.find_last_not_of(kBlanks);
  if (end == std::string::npos) return {};
  const size_t before = text.rfind('\n', end);
  const size_t begin = text.find_first_not_of(kBlanks, before == std::string::npos ? 0 : before);
  return text.substr(begin, end + 1 - begin);
}

}  // namespace

ChildResult RunPromtool(std::vector<std::string> arguments, const std::string& input,
                        const std::function<bool()>& stops) {
  arguments.insert(arguments.begin(), "promtool");
  return RunChild(arguments, input, stops);
}

std::string WhyPromtoolFailed(const ChildResult& done) {
  if (done.status < 0) {
    return absl::StrCat("promtool cannot be run: ", done.output, " (Debian package prometheus)");
  }
  const std::string said = LastLine(done.output);
  return absl::StrCat("promtool ended with ", done.status, said.empty() ? "" : ": ", said);
}

}  // namespace rcodescope
