#include "app/code_words.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "app/quote.h"
#include "parse/extended_errors.h"

namespace rcodescope {
namespace {

constexpr uint64_t kLargestCode = 65'535;

// Upper case, without what people put between words.
std::string Normal(std::string_view word) {
  std::string normal;
  for (const char c : word) {
    if (c == ' ' || c == '-' || c == '_' || c == ':') continue;
    normal += absl::ascii_toupper(static_cast<unsigned char>(c));
  }
  return normal;
}

std::vector<CodeMeaning> OfNumber(uint16_t code) {
  using Kind = CodeMeaning::Kind;
  if (code == kBadVersOrBadSig) {
    return {{Kind::kRcode, {RcodeSpace::kDns, code}}, {Kind::kRcode, {RcodeSpace::kTsig, code}}};
  }
  const Rcode rcode{RcodeSpace::kDns, code};
  return {{IsAssigned(rcode) ? Kind::kRcode : Kind::kRange, rcode}};
}

std::optional<CodeMeaning> OfMnemonic(std::string_view normal) {
  for (const RcodeEntry& entry : kRcodeCatalogue) {
    if (entry.mnemonic != normal) continue;
    const bool signature = entry.code == kBadVersOrBadSig && entry.mnemonic != "BADVERS";
    const RcodeSpace space = signature ? RcodeSpace::kTsig : RcodeSpace::kDns;
    return CodeMeaning{CodeMeaning::Kind::kRcode, {space, entry.code}};
  }
  return std::nullopt;
}

CodeMeaning OfInfoCode(uint16_t info_code) {
  return {CodeMeaning::Kind::kExtendedError, {RcodeSpace::kDns, info_code}};
}

std::optional<CodeMeaning> OfExtendedError(const std::string& normal) {
  if (normal.starts_with("EDE")) {
    const auto number = ReadNumber(normal.substr(3), kLargestCode);
    if (number.has_value()) return OfInfoCode(*number);
  }
  for (const ExtendedError& error : ExtendedErrors()) {
    if (Normal(error.name) == normal) return OfInfoCode(error.info_code);
  }
  return std::nullopt;
}

}  // namespace

std::optional<uint16_t> ReadNumber(const std::string& word, uint64_t largest) {
  const std::string lower = absl::AsciiStrToLower(word);
  const bool hex = lower.starts_with("0x");
  const char* const begin = lower.data() + (hex ? 2 : 0);
  const char* const end = lower.data() + lower.size();
  uint64_t number = 0;
  const auto [stop, error] = std::from_chars(begin, end, number, hex ? 16 : 10);
  if (begin == end || error != std::errc() || stop != end || number > largest) return std::nullopt;
  return static_cast<uint16_t>(number);
}

absl::StatusOr<std::vector<CodeMeaning>> ReadCode(const std::string& word) {
  const std::string normal = Normal(word);
  const bool numbered = normal.starts_with("RCODE");
  if (const auto number = ReadNumber(numbered ? normal.substr(5) : normal, kLargestCode)) {
    return OfNumber(*number);
  }
  if (const auto rcode = OfMnemonic(normal)) return std::vector{*rcode};
  if (const auto error = OfExtendedError(normal)) return std::vector{*error};
  return absl::InvalidArgumentError(
      absl::StrCat(Quote(word), " is no response code (a name as SERVFAIL, a number from 0 to ",
                   kLargestCode, ", or EDE and a number; without a code, all are listed)"));
}

absl::StatusOr<std::vector<std::vector<CodeMeaning>>> ReadCodes(
    const std::vector<std::string>& words) {
  std::vector<std::vector<CodeMeaning>> codes;
  for (size_t i = 0; i < words.size(); ++i) {
    std::string word = words[i];
    if (Normal(word) == "EDE" && i + 1 < words.size()) word += words[++i];
    auto code = ReadCode(word);
    if (!code.ok()) return code.status();
    codes.push_back(*std::move(code));
  }
  return codes;
}

std::optional<Opcode> ReadOpcode(const std::string& word) {
  const std::string normal = Normal(word);
  for (uint8_t number = 0; number < kOpcodes; ++number) {
    const auto opcode = static_cast<Opcode>(number);
    if (OpcodeName(opcode) == normal) return opcode;
  }
  const std::string digits = normal.starts_with("OPCODE") ? normal.substr(6) : normal;
  const auto number = ReadNumber(digits, kOpcodes - 1);
  if (!number.has_value()) return std::nullopt;
  return static_cast<Opcode>(*number);
}

}  // namespace rcodescope
