#include "app/explain_text.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "exporters/text_table.h"
#include "parse/extended_errors.h"

namespace rcodescope {
namespace {

// One or more statements under a heading, each with a label where they need one.
class Section {
 public:
  Section(std::string_view heading, const TextStyle& style) : heading_(heading), style_(style) {}

  void Add(const Statement& statement, const std::string& label = {}) {
    table_.Add(
        {{label, Ink::kFaint},
         {absl::StrCat(std::string(statement.text), " (", std::string(statement.source), ")")}});
  }
  std::string Render() const {
    if (table_.empty()) return {};
    return "\n" + Inked(heading_, Ink::kHeading, style_.color) + "\n" +
           table_.Render(static_cast<size_t>(style_.width), style_.color);
  }

 private:
  std::string_view heading_;
  const TextStyle& style_;
  TextTable table_{{{"", false}, {"", false, Fit::kWrap}}};
};

std::string NameAndNumber(const CodeTopic& topic) {
  if (topic.code.kind == CodeMeaning::Kind::kExtendedError) return topic.name;
  return absl::StrCat(topic.name, " (", topic.number, ")");
}

std::string Headline(const CodeTopic& topic, const TextStyle& style) {
  TextTable table({{"", false, Fit::kWrap}});
  table.Add({{topic.title + ", " + topic.reference, Ink::kFaint}});
  return Inked(NameAndNumber(topic), Ink::kHeading, style.color) + "\n" +
         table.Render(static_cast<size_t>(style.width), style.color);
}

std::string LabelOf(const Statement& statement) {
  return statement.aspect == Aspect::kOpcode ? OpcodeName(statement.opcode) : std::string();
}

constexpr Aspect kCompared[] = {Aspect::kPlace, Aspect::kAuthoritative, Aspect::kResolver,
                                Aspect::kOpcode, Aspect::kCheck};

std::string Heading(const std::string& text, const TextStyle& style) {
  return "\n" + Inked(text, Ink::kHeading, style.color) + "\n";
}

}  // namespace

std::string ExplainOne(const CodeTopic& topic, const TextStyle& style) {
  std::string text = Headline(topic, style);
  for (size_t i = 0; i < kAspects; ++i) {
    Section section(kAspectHeadings[i], style);
    for (const Statement& statement : topic.statements) {
      if (statement.aspect == static_cast<Aspect>(i)) section.Add(statement, LabelOf(statement));
    }
    text += section.Render();
  }
  return text;
}

std::string ExplainTwo(const CodeTopic& a, const CodeTopic& b, const TextStyle& style) {
  std::string text = Headline(a, style) + Headline(b, style);
  Section meanings(kAspectHeadings[static_cast<size_t>(Aspect::kMeaning)], style);
  for (const CodeTopic* topic : {&a, &b}) {
    for (const Statement& statement : topic->statements) {
      if (statement.aspect == Aspect::kMeaning) meanings.Add(statement, topic->name);
    }
  }
  text += meanings.Render();
  Section differences("How to tell them apart", style);
  for (const Statement& statement : DifferencesOf(a, b)) differences.Add(statement);
  text += differences.Render();
  for (const Aspect aspect : kCompared) {
    Section section(kAspectHeadings[static_cast<size_t>(aspect)], style);
    for (const CodeTopic* topic : {&a, &b}) {
      for (const Statement& statement : topic->statements) {
        if (statement.aspect != aspect) continue;
        const std::string label = LabelOf(statement);
        section.Add(statement, label.empty() ? topic->name : topic->name + " " + label);
      }
    }
    text += section.Render();
  }
  return text;
}

std::string ListCodes(const TextStyle& style) {
  const auto width = static_cast<size_t>(style.width);
  std::string text = Inked("Response codes", Ink::kHeading, style.color) + "\n";
  TextTable codes({{"", true}, {"code"}, {"field"}, {"says", false, Fit::kWrap}});
  for (const RcodeEntry& entry : kRcodeCatalogue) {
    const auto meanings = ReadCode(std::string(entry.mnemonic));
    const CodeTopic topic = TopicOf(meanings->front(), std::nullopt);
    codes.Add({{topic.number},
               {topic.name},
               {absl::StrJoin(topic.fields, ", ")},
               {topic.title + ", " + topic.reference}});
  }
  for (const RcodeRange& range : RcodeRanges()) {
    const std::string last = range.first == range.last ? "" : absl::StrCat("-", range.last);
    codes.Add({{absl::StrCat(range.first, last)},
               {""},
               {""},
               {absl::StrCat(std::string(range.name), ", ", std::string(range.source))}});
  }
  text += codes.Render(width, style.color);
  text += "\n  " +
          Inked("dns: header and OPT record; tsig, tkey: the Error fields of those records",
                Ink::kFaint, style.color) +
          "\n";
  text += Heading("Extended DNS Errors", style);
  TextTable errors({{"", true}, {"code"}, {"says", false, Fit::kWrap}});
  for (const ExtendedError& error : ExtendedErrors()) {
    errors.Add({{std::to_string(error.info_code)},
                {absl::StrCat("EDE ", error.info_code)},
                {absl::StrCat(std::string(error.name), ", ", std::string(error.source))}});
  }
  text += errors.Render(width, style.color);
  text += "\nrcodescope explain CODE tells more; two codes are compared.\n";
  return text;
}

}  // namespace rcodescope
