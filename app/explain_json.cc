#include "app/explain_json.h"

#include <nlohmann/json.hpp>

#include "parse/extended_errors.h"

namespace rcodescope {
namespace {

using Json = nlohmann::ordered_json;

Json JsonOf(const Statement& statement) {
  Json object = {{"about", kAspectNames[static_cast<size_t>(statement.aspect)]},
                 {"text", statement.text},
                 {"source", statement.source}};
  if (statement.aspect == Aspect::kOpcode) object["opcode"] = OpcodeName(statement.opcode);
  return object;
}

Json JsonOf(const std::vector<Statement>& statements) {
  Json list = Json::array();
  for (const Statement& statement : statements) list.push_back(JsonOf(statement));
  return list;
}

Json JsonOf(const CodeTopic& topic) {
  return {{"name", topic.name},     {"number", topic.code.rcode.code},
          {"title", topic.title},   {"reference", topic.reference},
          {"fields", topic.fields}, {"statements", JsonOf(topic.statements)}};
}

}  // namespace

std::string ExplainJson(const std::vector<CodeTopic>& topics) {
  Json report = {{"codes", Json::array()}};
  for (const CodeTopic& topic : topics) report["codes"].push_back(JsonOf(topic));
  if (topics.size() == 2) report["differences"] = JsonOf(DifferencesOf(topics[0], topics[1]));
  return report.dump(2) + "\n";
}

std::vector<CodeTopic> AllTopics() {
  std::vector<CodeTopic> topics;
  for (const RcodeEntry& entry : kRcodeCatalogue) {
    const auto meanings = ReadCode(std::string(entry.mnemonic));
    topics.push_back(TopicOf(meanings->front(), std::nullopt));
  }
  for (const RcodeRange& range : RcodeRanges()) {
    topics.push_back(TopicOf({CodeMeaning::Kind::kRange, {RcodeSpace::kDns, range.first}}, {}));
  }
  for (const ExtendedError& error : ExtendedErrors()) {
    topics.push_back(
        TopicOf({CodeMeaning::Kind::kExtendedError, {RcodeSpace::kDns, error.info_code}}, {}));
  }
  return topics;
}

}  // namespace rcodescope
