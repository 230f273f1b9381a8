// What is said about codes: complete, in order, and every sentence with its RFC.
#include "parse/rcode_texts.h"

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "parse/extended_errors.h"

namespace rcodescope {
namespace {

std::vector<Rcode> AllAssigned() {
  std::vector<Rcode> codes;
  for (const RcodeEntry& entry : kRcodeCatalogue) {
    const bool signature = entry.mnemonic == "BADSIG";
    codes.push_back({signature ? RcodeSpace::kTsig : RcodeSpace::kDns, entry.code});
  }
  return codes;
}

bool HasSource(std::string_view source) {
  static const std::regex kSource(R"(RFC \d{4} §\d+(\.\d+)*(, RFC \d{4} §\d+(\.\d+)*)*)");
  return std::regex_match(std::string(source), kSource);
}

TEST(RcodeTexts, EveryAssignedCodeIsToldAboutInEveryRespect) {
  for (const Rcode rcode : AllAssigned()) {
    std::set<Aspect> aspects;
    for (const Statement& statement : StatementsOf(rcode)) aspects.insert(statement.aspect);
    aspects.erase(Aspect::kOpcode);  // not every code has a meaning of its own there
    EXPECT_EQ(aspects.size(), kAspects - 1) << RcodeName(rcode);
    EXPECT_EQ(MeaningOf(rcode), StatementsOf(rcode).front().text);
  }
  EXPECT_TRUE(StatementsOf({RcodeSpace::kDns, 12}).empty());
  EXPECT_TRUE(StatementsOf({RcodeSpace::kTsig, 24}).empty());
  EXPECT_EQ(MeaningOf({RcodeSpace::kDns, 4095}), "");
}

TEST(RcodeTexts, EveryStatementNamesItsRfcAndIsASentence) {
  for (const Rcode rcode : AllAssigned()) {
    for (const Statement& statement : StatementsOf(rcode)) {
      EXPECT_TRUE(HasSource(statement.source)) << statement.source;
      ASSERT_FALSE(statement.text.empty());
      EXPECT_TRUE(statement.text.ends_with('.') || statement.text.ends_with('?')) << statement.text;
      EXPECT_LE(statement.text.size(), 240u) << "too long to be read aloud: " << statement.text;
    }
  }
}

TEST(RcodeTexts, StatementsStandInTheOrderOfTheirAspects) {
  for (const Rcode rcode : AllAssigned()) {
    const auto statements = StatementsOf(rcode);
    EXPECT_TRUE(std::is_sorted(statements.begin(), statements.end(),
                               [](const auto& a, const auto& b) { return a.aspect < b.aspect; }))
        << RcodeName(rcode);
  }
}

// RFC 2136 §2.2: each of its codes answers to UPDATE.
TEST(RcodeTexts, EveryCodeOfUpdateSaysWhatItMeansThere) {
  for (uint16_t code = 0; code <= 10; ++code) {
    const auto statements = StatementsOf({RcodeSpace::kDns, code});
    EXPECT_TRUE(std::any_of(statements.begin(), statements.end(), [](const Statement& statement) {
      return statement.aspect == Aspect::kOpcode && statement.opcode == Opcode::kUpdate;
    })) << code;
  }
}

TEST(RcodeTexts, SixteenHasTwoMeanings) {
  const auto version = StatementsOf({RcodeSpace::kDns, 16});
  const auto signature = StatementsOf({RcodeSpace::kTsig, 16});
  EXPECT_NE(version.data(), signature.data());
  EXPECT_EQ(signature.data(), StatementsOf({RcodeSpace::kTkey, 16}).data());
}

TEST(RcodeTexts, RangesAndCodesTogetherAreAllNumbers) {  // RFC 6895 §2.3
  for (uint32_t number = 0; number <= 65'535; ++number) {
    const auto code = static_cast<uint16_t>(number);
    EXPECT_EQ(FindRange(code) == nullptr, IsAssigned({RcodeSpace::kDns, code})) << number;
  }
  for (const RcodeRange& range : RcodeRanges()) EXPECT_TRUE(HasSource(range.source));
  EXPECT_EQ(FindRange(3840)->name, "Unassigned");
  EXPECT_EQ(FindRange(3841)->name, "Reserved for Private Use");
  EXPECT_EQ(FindRange(4095)->name, "Reserved for Private Use");
  EXPECT_EQ(FindRange(65'535)->name, "Reserved");
}

// https://www.iana.org/assignments/dns-parameters, registry "DNS RCODEs".
TEST(RcodeTexts, RangesAreThoseOfTheRegistry) {
  const struct {
    uint16_t first;
    uint16_t last;
    std::string_view name;
  } kRegistered[] = {{12, 15, "Unassigned"},
                     {24, 3840, "Unassigned"},
                     {3841, 4095, "Reserved for Private Use"},
                     {4096, 65'534, "Unassigned"},
                     {65'535, 65'535, "Reserved"}};
  const std::span<const RcodeRange> ranges = RcodeRanges();
  ASSERT_EQ(ranges.size(), std::size(kRegistered));
  for (size_t i = 0; i < ranges.size(); ++i) {
    EXPECT_EQ(ranges[i].first, kRegistered[i].first);
    EXPECT_EQ(ranges[i].last, kRegistered[i].last);
    EXPECT_EQ(ranges[i].name, kRegistered[i].name);
  }
}

TEST(ExtendedErrors, EachSaysWhatItMeansAndWhatToCheck) {
  uint16_t next = 0;
  for (const ExtendedError& error : ExtendedErrors()) {
    EXPECT_EQ(error.info_code, next++);
    EXPECT_FALSE(error.text.empty());
    EXPECT_TRUE(error.check.ends_with('.') || error.check.ends_with('?')) << error.check;
    EXPECT_TRUE(error.source.starts_with("RFC ")) << error.source;
    if (error.info_code > 24) continue;
    const std::string section = "RFC 8914 §4." + std::to_string(error.info_code + 1);
    EXPECT_TRUE(error.source.starts_with(section)) << error.source;
  }
  EXPECT_EQ(FindExtendedError(49'152), nullptr);
}

}  // namespace
}  // namespace rcodescope
