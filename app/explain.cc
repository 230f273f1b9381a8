#include "app/explain.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <sys/ioctl.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "app/code_topic.h"
#include "app/code_words.h"
#include "app/explain_json.h"
#include "app/explain_text.h"
#include "app/quote.h"

namespace rcodescope {
namespace {

constexpr int kWidest = 80;
constexpr int kNarrowest = 40;

TextStyle Style() {
  TextStyle style{.color = isatty(STDOUT_FILENO) == 1, .width = kWidest};
  winsize size{};
  if (style.color && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) {
    style.width = std::clamp(int{size.ws_col}, kNarrowest, kWidest);
  }
  return style;
}

Outcome Refuse(const std::string& what) {
  return {ExitCode::kUsage,
          absl::StrCat("rcodescope: ", what, "; see rcodescope explain --help\n")};
}

std::string TextOf(const std::vector<CodeTopic>& topics, bool compare) {
  const TextStyle style = Style();
  if (compare) return ExplainTwo(topics[0], topics[1], style);
  std::string text;
  for (const CodeTopic& topic : topics) {
    if (!text.empty()) text += "\n\n";
    text += ExplainOne(topic, style);
  }
  return text;
}

}  // namespace

Outcome Explain(const ExplainOptions& options) {
  std::optional<Opcode> opcode;
  if (!options.opcode.empty()) {
    opcode = ReadOpcode(options.opcode);
    if (!opcode.has_value()) {
      return Refuse(absl::StrCat("--opcode ", Quote(options.opcode),
                                 ": no opcode (QUERY, NOTIFY, UPDATE, DSO … or 0 to 15)"));
    }
  }
  if (options.codes.empty()) {
    return {ExitCode::kDone, options.json ? ExplainJson(AllTopics()) : ListCodes(Style())};
  }
  const auto codes = ReadCodes(options.codes);
  if (!codes.ok()) return Refuse(std::string(codes.status().message()));
  std::vector<CodeTopic> topics;
  for (const std::vector<CodeMeaning>& code : *codes) {
    for (const CodeMeaning& meaning : code) topics.push_back(TopicOf(meaning, opcode));
  }
  // 16 alone is two codes, and explained as such.
  const bool compare = codes->size() == 2 && topics.size() == 2;
  return {ExitCode::kDone, options.json ? ExplainJson(topics) : TextOf(topics, compare)};
}

}  // namespace rcodescope
