#include "app/toml_guard.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace rcodescope {
namespace {

TEST(StrayCharacters, AreThoseOutsideCommentsAndOneLineStrings) {
  struct Row {
    const char* toml;  // ~ stands for a character of two bytes
    std::vector<TextPosition> found;
  };
  const Row rows[] = {
      {"", {}},
      {"a = 1\n", {}},
      {"~", {{1, 1}}},
      {"~~\n~", {{1, 1}, {2, 1}}},
      {"a = ~ ~", {{1, 5}}},
      {"# ~\n~", {{2, 1}}},
      {"\"~\" ~", {{1, 5}}},
      {"'~' ~", {{1, 5}}},
      {"\"a\\\"~\" ~", {{1, 8}}},  // an escaped quote does not end a string
      {"\"a\\\\\" ~", {{1, 7}}},   // an escaped backslash escapes nothing
      {"'a\\' ~", {{1, 6}}},       // nor does any backslash between apostrophes
      {"\"#\" ~", {{1, 5}}},
      {"# \" \n~", {{2, 1}}},
      {"\"open\n~", {{2, 1}}},  // a string that is not closed ends with its line
      {"\"open\\\n~", {{2, 1}}},
      {"\"\" ~", {{1, 4}}},
      {"\"\"\"~\"\"\"", {{1, 4}}},  // not in strings of many lines either
      {"\"\"\"\n~\n\"\"\" # ~", {{2, 1}}},
      {"'''\n\"\n''' # ~\n", {}},
      {"\"\"\"a\\\"\"\"\" # ~", {}},
      {"\"\"\"a\"\"\"\"\" ~", {{1, 11}}},  // two quotes of its own at the end
      {"\"\"\"a\"\"b\"\"\" # ~", {}},
  };
  for (const Row& row : rows) {
    std::string toml;
    for (const char* c = row.toml; *c != '\0'; ++c) {
      toml += *c == '~' ? std::string("\xc3\xa4") : std::string(1, *c);
    }
    const std::vector<TextPosition> found = FindStrayCharacters(toml);
    ASSERT_EQ(found.size(), row.found.size()) << row.toml;
    for (size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].line, row.found[i].line) << row.toml;
      EXPECT_EQ(found[i].column, row.found[i].column) << row.toml;
    }
  }
}

TEST(StrayCharacters, DoNotIncludeAByteOrderMarkAtTheStart) {
  EXPECT_TRUE(FindStrayCharacters("\xef\xbb\xbf"
                                  "a = 1")
                  .empty());
  EXPECT_EQ(FindStrayCharacters("a\xef\xbb\xbf"
                                "b")
                .size(),
            1u);
}

}  // namespace
}  // namespace rcodescope
