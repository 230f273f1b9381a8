// The public suffix of names against libpsl, which reads the same file.
#include "aggregate/public_suffix.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <idn2.h>
#include <libpsl.h>

#include "tests/aggregate/names.h"

namespace rcodescope {
namespace {

constexpr char kFile[] = "/usr/share/publicsuffix/public_suffix_list.dat";
constexpr uint64_t kSecret = 0x5ec2e7;

class PublicSuffix : public ::testing::Test {
 protected:
  void SetUp() override {
    auto list = PublicSuffixList::Load(kFile, kSecret);
    ASSERT_TRUE(list.ok()) << list.status();
    list_ = std::make_unique<PublicSuffixList>(*std::move(list));
    oracle_.reset(psl_load_file(kFile));
    ASSERT_NE(oracle_, nullptr);
  }

  // Labels of the longest suffix of `name` that is public by the ICANN section.
  int OracleLabels(const std::string& name) const {
    auto labels = static_cast<int>(std::count(name.begin(), name.end(), '.')) + 1;
    for (size_t at = 0; labels > 0; --labels, at = name.find('.', at) + 1) {
      if (psl_is_public_suffix2(oracle_.get(), name.c_str() + at, PSL_TYPE_ICANN) == 1) break;
    }
    return labels;
  }

  int Labels(const std::string& name) const {
    const OwnedName owned(name);
    return list_->SuffixOf(LastLabels(owned.ref())).labels;
  }

  struct FreeList {
    void operator()(psl_ctx_t* list) const { psl_free(list); }
  };
  std::unique_ptr<PublicSuffixList> list_;
  std::unique_ptr<psl_ctx_t, FreeList> oracle_;
};

struct Rule {
  std::string name;  // in A-labels, without "*." or "!"
  char kind;         // '*', '!' or blank
};

std::string ALabels(const std::string& name) {
  char* ascii = nullptr;
  if (idn2_to_ascii_8z(name.c_str(), &ascii, IDN2_NONTRANSITIONAL) != IDN2_OK) return {};
  std::string result(ascii);
  idn2_free(ascii);
  return result;
}

// The rules of the list's ICANN or its other section.
std::vector<Rule> ReadRules(bool icann) {
  std::vector<Rule> rules;
  std::ifstream file(kFile);
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.find("===BEGIN ICANN DOMAINS===") != std::string::npos) inside = true;
    if (line.find("===END ICANN DOMAINS===") != std::string::npos) inside = false;
    line.erase(std::min(line.find_first_of(" \t\r"), line.size()));
    if (line.empty() || line.starts_with("//") || inside != icann) continue;
    const char kind = line[0] == '*' || line[0] == '!' ? line[0] : ' ';
    rules.push_back({ALabels(line.substr(kind == '*' ? 2 : kind == '!' ? 1 : 0)), kind});
  }
  return rules;
}

std::string RandomLabel(std::mt19937_64& random) {
  static constexpr std::string_view kCharacters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string label(1 + random() % 10, ' ');
  for (char& c : label) c = kCharacters[random() % kCharacters.size()];
  return label;
}

std::string Prefixed(std::mt19937_64& random, size_t labels, const std::string& name) {
  std::string text;
  for (size_t i = 0; i < labels; ++i) text += RandomLabel(random) + ".";
  return text + name;
}

TEST_F(PublicSuffix, AgreesWithLibpsl) {
  std::mt19937_64 random(20260101);
  std::vector<std::string> names;
  std::vector<Rule> rules = ReadRules(true);
  ASSERT_GT(rules.size(), 5000U);
  EXPECT_TRUE(std::any_of(rules.begin(), rules.end(), [](const Rule& r) { return r.kind == '*'; }));
  EXPECT_TRUE(std::any_of(rules.begin(), rules.end(), [](const Rule& r) { return r.kind == '!'; }));
  for (const Rule& rule : rules) {
    ASSERT_FALSE(rule.name.empty());
    for (size_t labels = 0; labels <= 4; ++labels) {
      for (int variant = 0; variant < (rule.kind == ' ' ? 3 : 30); ++variant) {
        names.push_back(Prefixed(random, labels, rule.name));
      }
    }
    // Beside the rule: below its parent, and one label short of it.
    const size_t dot = rule.name.find('.');
    if (dot == std::string::npos) continue;
    names.push_back(rule.name.substr(dot + 1));
    names.push_back(Prefixed(random, 2, rule.name.substr(dot + 1)));
  }
  // The private section names owners, not zones: those rules mean nothing here.
  for (const Rule& rule : ReadRules(false)) {
    if (!rule.name.empty()) names.push_back(Prefixed(random, random() % 4, rule.name));
  }
  for (int i = 0; i < 10'000; ++i)
    names.push_back(Prefixed(random, random() % 5, RandomLabel(random)));
  ASSERT_GT(names.size(), 100'000U);

  size_t different = 0;
  for (const std::string& name : names) {
    if (Labels(name) == OracleLabels(name)) continue;
    if (++different <= 20) {
      ADD_FAILURE() << name << ": " << Labels(name) << " labels, libpsl says "
                    << OracleLabels(name);
    }
  }
  EXPECT_EQ(different, 0U) << "of " << names.size();
}

TEST_F(PublicSuffix, RulesOfTheFormat) {
  // https://github.com/publicsuffix/list/wiki/Format#examples and its test data.
  EXPECT_EQ(Labels("com"), 1);
  EXPECT_EQ(Labels("example.com"), 1);
  EXPECT_EQ(Labels("www.example.co.uk"), 2);
  EXPECT_EQ(Labels("a.b.c.kobe.jp"), 3);     // *.kobe.jp
  EXPECT_EQ(Labels("www.city.kobe.jp"), 2);  // !city.kobe.jp
  EXPECT_EQ(Labels("x.ck"), 2);              // *.ck
  EXPECT_EQ(Labels("www.ck"), 1);            // !www.ck
  EXPECT_EQ(Labels("no.such.tld-at-all"), 1);
  EXPECT_EQ(Labels("user.github.io"), 1);   // private section
  EXPECT_EQ(Labels("x.xn--55qx5d.cn"), 2);  // 公司.cn
  EXPECT_EQ(Labels("."), 0);
}

TEST_F(PublicSuffix, TheLongestNamesAreNames) {
  std::string deep;  // 127 labels: RFC 1035 §3.1
  for (int i = 0; i < 126; ++i) deep += "a.";
  EXPECT_EQ(OwnedName(deep + "b").ref().size, kLongestName);
  EXPECT_EQ(Labels(deep + "b"), 1);
  const std::string label(63, 'x');
  EXPECT_EQ(Labels(label + "." + label + "." + label + ".co.uk"), 2);
}

TEST_F(PublicSuffix, KnowsTheTopLabelsOfTheList) {
  const auto known = [this](const OwnedName& name) {
    return list_->SuffixOf(LastLabels(name.ref())).listed;
  };
  for (const char* name : {"com", "www.example.com", "ck", "xn--p1ai"}) {
    EXPECT_TRUE(known(OwnedName(name))) << name;
  }
  for (const char* name : {".", "no-such-tld", "com.no-such-tld"}) {
    EXPECT_FALSE(known(OwnedName(name))) << name;
  }
}

TEST(PublicSuffixFile, ErrorsNameTheFile) {
  const auto absent = PublicSuffixList::Load("/nonexistent/list.dat", 1);
  EXPECT_TRUE(absl::IsNotFound(absent.status()));
  EXPECT_NE(absent.status().ToString().find("/nonexistent/list.dat"), std::string::npos);
  const auto other = PublicSuffixList::Load("/etc/passwd", 1);
  EXPECT_TRUE(absl::IsInvalidArgument(other.status()));
  EXPECT_NE(other.status().ToString().find("/etc/passwd"), std::string::npos);
}

}  // namespace
}  // namespace rcodescope
