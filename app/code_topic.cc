#include "app/code_topic.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "parse/extended_errors.h"

namespace rcodescope {
namespace {

using Kind = CodeMeaning::Kind;

constexpr std::array<uint16_t, 4> kTsigOrder = {17, 16, 18, 22};  // of checks: RFC 8945 §5.2
constexpr std::array<uint16_t, 5> kTkeyCodes = {16, 17, 19, 20, 21};
constexpr uint16_t kLargestOfHeader = 11;
constexpr uint16_t kBadCookie = 23;

template <typename List, typename Value>
bool Holds(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::vector<std::string> FieldsOf(const CodeMeaning& code) {
  if (code.kind == Kind::kExtendedError) return {"ede"};
  const uint16_t number = code.rcode.code;
  const bool signature = code.rcode.space != RcodeSpace::kDns;  // BADSIG
  std::vector<std::string> fields;
  const bool header = number <= kLargestOfHeader || number == kBadCookie ||
                      (number == kBadVersOrBadSig && !signature);
  if (code.kind == Kind::kRange) {
    if (number <= 4095) fields.emplace_back("dns");
    fields.insert(fields.end(), {"tsig", "tkey"});
    return fields;
  }
  if (header) return {"dns"};
  if (Holds(kTsigOrder, number)) fields.emplace_back("tsig");
  if (Holds(kTkeyCodes, number)) fields.emplace_back("tkey");
  return fields;
}

void AddStatements(CodeTopic& topic, std::optional<Opcode> opcode) {
  for (const Statement& statement : StatementsOf(topic.code.rcode)) {
    const bool of_queries =
        statement.aspect == Aspect::kAuthoritative || statement.aspect == Aspect::kResolver;
    const bool of_opcode = statement.aspect == Aspect::kOpcode;
    if (opcode.has_value() && of_queries && *opcode != Opcode::kQuery) continue;
    if (opcode.has_value() && of_opcode && *opcode != statement.opcode) continue;
    topic.statements.push_back(statement);
  }
}

void FillRcode(CodeTopic& topic, std::optional<Opcode> opcode) {
  const RcodeEntry& entry = *FindRcode(topic.code.rcode);
  topic.name = entry.mnemonic;
  topic.number = std::to_string(entry.code);
  topic.title = entry.description;
  topic.reference = entry.reference;
  AddStatements(topic, opcode);
}

void FillRange(CodeTopic& topic) {
  const RcodeRange& range = *FindRange(topic.code.rcode.code);
  topic.name = absl::StrCat("RCODE", topic.code.rcode.code);
  topic.number = std::to_string(topic.code.rcode.code);
  topic.title = range.name;
  topic.reference = range.source;
  topic.statements.push_back({Aspect::kMeaning, range.text, range.source});
}

void FillExtendedError(CodeTopic& topic) {
  const uint16_t info_code = topic.code.rcode.code;
  topic.name = absl::StrCat("EDE ", info_code);
  topic.number = std::to_string(info_code);
  topic.statements.push_back(
      {Aspect::kPlace,
       "In an EDNS option of a response, beside any response code, NOERROR among them. It is a "
       "remark and changes nothing about the code; a response may carry several.",
       "RFC 8914 §2"});
  if (const ExtendedError* const error = FindExtendedError(info_code)) {
    topic.title = error->name;
    topic.reference = error->source;
    topic.statements.insert(topic.statements.begin(),
                            {Aspect::kMeaning, error->text, error->source});
    topic.statements.push_back({Aspect::kCheck, error->check, error->source});
    return;
  }
  const bool is_private = info_code >= kFirstPrivateEde;
  topic.title = is_private ? "Reserved for Private Use" : "Unassigned, or newer than this program";
  topic.reference = "RFC 8914 §5.2";
  topic.statements.insert(
      topic.statements.begin(),
      {Aspect::kMeaning,
       is_private ? "Means what those who use it have agreed on among themselves."
                  : "Codes are given out as they are asked for; look at IANA's list.",
       "RFC 8914 §5.2"});
}

bool Shares(const CodeTopic& a, const CodeTopic& b) {
  return std::any_of(a.fields.begin(), a.fields.end(),
                     [&](const std::string& field) { return Holds(b.fields, field); });
}

// What follows from the fields alone.
Statement FieldDifference(const CodeTopic& a, const CodeTopic& b) {
  const bool error_a = a.code.kind == Kind::kExtendedError;
  const bool error_b = b.code.kind == Kind::kExtendedError;
  const uint16_t number_a = a.code.rcode.code;
  const uint16_t number_b = b.code.rcode.code;
  if (error_a && error_b) {
    return {Aspect::kNeighbour,
            "Both are remarks beside a response code, and one response may carry both.",
            "RFC 8914 §2"};
  }
  if (error_a || error_b) {
    return {Aspect::kNeighbour,
            "One is a response code, the other a remark beside one: a response may have both.",
            "RFC 8914 §2"};
  }
  if (!Shares(a, b)) {
    return {Aspect::kNeighbour,
            number_a == number_b
                ? "They have one number. The field it is read from tells which of them it is."
                : "The two are never read from the same field, so that no message leaves a doubt.",
            "RFC 6895 §2.3"};
  }
  if (a.fields.front() == "dns" && b.fields.front() == "dns") {
    if ((number_a & 15U) == (number_b & 15U)) {
      return {Aspect::kNeighbour,
              "Both have the same 4 bits in the header. Only the OPT record tells them apart.",
              "RFC 6891 §6.1.3"};
    }
    return {Aspect::kNeighbour,
            "Both are read from header and OPT record: a response has one or the other.",
            "RFC 6891 §6.1.3"};
  }
  if (Holds(kTsigOrder, number_a) && Holds(kTsigOrder, number_b)) {
    return {Aspect::kNeighbour,
            "A server checks the key first (BADKEY), then the signature (BADSIG), the time "
            "(BADTIME) and the truncation (BADTRUNC); the first that fails is told.",
            "RFC 8945 §5.2"};
  }
  return {Aspect::kNeighbour,
          "Both stand in the Error field of a TKEY record, which holds one or the other.",
          "RFC 2930 §2.6"};
}

}  // namespace

CodeTopic TopicOf(const CodeMeaning& code, std::optional<Opcode> opcode) {
  CodeTopic topic{.code = code};
  topic.fields = FieldsOf(code);
  switch (code.kind) {
    case Kind::kRcode: FillRcode(topic, opcode); break;
    case Kind::kRange: FillRange(topic); break;
    case Kind::kExtendedError: FillExtendedError(topic); break;
  }
  return topic;
}

std::vector<Statement> DifferencesOf(const CodeTopic& a, const CodeTopic& b) {
  std::vector<Statement> differences = {FieldDifference(a, b)};
  for (const auto& [topic, other] : {std::pair(&a, &b), std::pair(&b, &a)}) {
    for (const Statement& statement : topic->statements) {
      if (statement.aspect != Aspect::kNeighbour) continue;
      if (statement.text.find(other->name) != std::string_view::npos) {
        differences.push_back(statement);
      }
    }
  }
  return differences;
}

}  // namespace rcodescope
