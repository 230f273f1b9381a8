#include <array>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "exporters/printable.h"
#include "exporters/text_format.h"
#include "exporters/text_table.h"
#include "exporters/time_format.h"

namespace rcodescope {
namespace {

// Expected values: `date -u -d @<seconds> +%FT%TZ`.
TEST(Rfc3339, KnownTimes) {
  EXPECT_EQ(Rfc3339({0}), "1970-01-01T00:00:00.000000000Z");
  EXPECT_EQ(Rfc3339({1767225600 * kNanosPerSecond + 1}), "2026-01-01T00:00:00.000000001Z");
  EXPECT_EQ(Rfc3339({951782399 * kNanosPerSecond + 999999999}), "2000-02-28T23:59:59.999999999Z");
  EXPECT_EQ(Rfc3339({951782400 * kNanosPerSecond}), "2000-02-29T00:00:00.000000000Z");
  EXPECT_EQ(Rfc3339({2147483648 * kNanosPerSecond}), "2038-01-19T03:14:08.000000000Z");
}

TEST(Rfc3339, ANanosecondBeforeTheEpochIsTheLastOf1969) {
  EXPECT_EQ(Rfc3339({-1}), "1969-12-31T23:59:59.999999999Z");
}

TEST(Rfc3339, TheEndsOfTheRange) {
  EXPECT_EQ(Rfc3339({std::numeric_limits<int64_t>::max()}), "2262-04-11T23:47:16.854775807Z");
  EXPECT_EQ(Rfc3339({std::numeric_limits<int64_t>::min() + 1}), "1677-09-21T00:12:43.145224193Z");
}

TEST(Rfc3339, FewerDigitsAreCutNotRounded) {
  EXPECT_EQ(Rfc3339({999999999}, 3), "1970-01-01T00:00:00.999Z");
  EXPECT_EQ(Rfc3339({999999999}, 0), "1970-01-01T00:00:00Z");
}

TEST(Printable, TextStaysAsItIs) {
  EXPECT_EQ(Printable("a b~\\z"), "a b~\\z");
  EXPECT_EQ(Printable("größe 漢 😀"), "größe 漢 😀");
}

TEST(Printable, ControlsAreWrittenOut) {
  EXPECT_EQ(Printable(std::string_view("a\0\x1b[31m\n\x7f", 9)), "a\\x00\\x1b[31m\\x0a\\x7f");
  EXPECT_EQ(Printable("\xc2\x9b"), "\\xc2\\x9b") << "C1: CSI in one character";
  EXPECT_EQ(Printable("\xe2\x80\xae"), "\\xe2\\x80\\xae") << "right-to-left override U+202E";
}

TEST(Printable, WhatIsNotUtf8IsWrittenOut) {
  EXPECT_EQ(Printable("\xff"), "\\xff");
  EXPECT_EQ(Printable("\xc3"), "\\xc3") << "cut off";
  EXPECT_EQ(Printable("\xc0\x80"), "\\xc0\\x80") << "overlong NUL";
  EXPECT_EQ(Printable("\xe0\x80\xaf"), "\\xe0\\x80\\xaf") << "overlong slash";
  EXPECT_EQ(Printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "surrogate";
  EXPECT_EQ(Printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "above U+10FFFF";
}

TEST(Grouped, Thousands) {
  EXPECT_EQ(Grouped(uint64_t{0}), "0");
  EXPECT_EQ(Grouped(uint64_t{999}), "999");
  EXPECT_EQ(Grouped(uint64_t{1000}), "1,000");
  EXPECT_EQ(Grouped(uint64_t{1234567}), "1,234,567");
  EXPECT_EQ(Grouped(std::numeric_limits<uint64_t>::max()), "18,446,744,073,709,551,615");
  EXPECT_EQ(Grouped(std::numeric_limits<int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(Percent, NeverSaysNothingOrAllWhereItIsNot) {
  EXPECT_EQ(Percent(0, 7), "0.0%");
  EXPECT_EQ(Percent(1, 1000000), "<0.1%");
  EXPECT_EQ(Percent(1, 3), "33.3%");
  EXPECT_EQ(Percent(999999, 1000000), "99.9%");
  EXPECT_EQ(Percent(7, 7), "100.0%");
  EXPECT_EQ(Percent(0, 0), "");
}

TEST(Rate, MoreDigitsForSmallerOnes) {
  EXPECT_EQ(Rate(120000, 60 * kNanosPerSecond), "2,000");
  EXPECT_EQ(Rate(90, 60 * kNanosPerSecond), "1.5");
  EXPECT_EQ(Rate(3, 60 * kNanosPerSecond), "0.050");
  EXPECT_EQ(Rate(0, kNanosPerSecond), "0.0");
  EXPECT_EQ(Rate(5, 0), "");
}

TEST(Span, UnitsByLength) {
  EXPECT_EQ(Span(0), "0 ms");
  EXPECT_EQ(Span(1'500'000), "1.5 ms");
  EXPECT_EQ(Span(60 * kNanosPerSecond), "60.000 s");
  EXPECT_EQ(Span(3599 * kNanosPerSecond), "59 min 59 s");
  EXPECT_EQ(Span(7384 * kNanosPerSecond), "2 h 03 min 04 s");
  EXPECT_EQ(Span((86400 + 7384) * kNanosPerSecond), "1 d 02 h 03 min 04 s");
}

TEST(Bytes, PowersOfAThousand) {
  EXPECT_EQ(Bytes(999), "999 B");
  EXPECT_EQ(Bytes(1000), "1.0 kB");
  EXPECT_EQ(Bytes(999'949), "999.9 kB");
  EXPECT_EQ(Bytes(999'999), "1.0 MB");
  EXPECT_EQ(Bytes(3'200'000), "3.2 MB");
}

TEST(Bar, WholeAndLeast) {
  EXPECT_EQ(Bar(1, 1, 3), "███");
  EXPECT_EQ(Bar(1, 2, 3), "█▌");
  EXPECT_EQ(Bar(1, 1000000, 3), "▏");
  EXPECT_EQ(Bar(0, 5, 3), "");
}

TEST(TextTable, NumbersEndAndTextsBeginInOneColumn) {
  TextTable table({{"name"}, {"n", true}, {"note"}});
  table.Add({{"a"}, {"1"}, {"x"}});
  table.Add({{"long name"}, {"1,000"}, {"y"}});
  EXPECT_EQ(table.Render(80, false),
            "  name           n  note\n"
            "  a              1  x\n"
            "  long name  1,000  y\n");
}

TEST(TextTable, AColumnWithoutTextIsNotShownAndNoLineEndsInABlank) {
  TextTable table({{"a"}, {"b"}, {"c"}});
  table.Add({{"1"}, {}, {"2"}});
  table.Add({{"1"}});
  EXPECT_EQ(table.Render(80, false), "  a  c\n  1  2\n  1\n");
}

TEST(TextTable, ColourDoesNotMoveColumns) {
  TextTable table({{"a"}, {"b", true}});
  table.Add({{"x", Ink::kError}, {"10", Ink::kGood}});
  table.Add({{"xyz"}, {"5"}});
  std::string text = table.Render(80, true);
  EXPECT_NE(text.find("\x1b[31mx\x1b[0m"), std::string::npos);
  for (size_t at = 0; (at = text.find('\x1b')) != std::string::npos;) {
    text.erase(at, text.find('m', at) - at + 1);
  }
  EXPECT_EQ(text, table.Render(80, false));
}

TEST(TextTable, TheLastColumnWrapsUnderItself) {
  TextTable table({{"k"}, {"text", false, Fit::kWrap}});
  table.Add({{"1"}, {"aaaa bbbb cccc dddd eeee ffff"}});
  EXPECT_EQ(table.Render(22, false),
            "  k  text\n"
            "  1  aaaa bbbb cccc\n"
            "     dddd eeee ffff\n");
}

TEST(TextTable, ALongKeyLosesItsMiddle) {
  TextTable table({{"key", false, Fit::kCutMiddle}, {"n", true}});
  table.Add({{"abcdefghijklmnopqrstuvwxyz"}, {"5"}});
  EXPECT_EQ(table.Render(25, false),
            "  key                   n\n"
            "  abcdefghi…qrstuvwxyz  5\n")
      << "20 columns are left for the key";
}

TEST(TextTable, AWideCharacterSequenceIsNeverCutInside) {
  TextTable table({{"key", false, Fit::kCutMiddle}, {"n", true}});
  std::string key;
  for (int i = 0; i < 30; ++i) key += "ä";
  table.Add({{key}, {"5"}});
  const std::string text = table.Render(25, false);
  EXPECT_EQ(Printable(text.substr(0, text.find('\n'))), text.substr(0, text.find('\n')));
  EXPECT_EQ(text.find("\\x"), std::string::npos);
  EXPECT_EQ(DisplayWidth(text.substr(text.find('\n') + 1)), 25U + 1) << "with the newline";
}

TEST(TextTable, ADroppableColumnGoesBeforeAKeyIsUnreadable) {
  TextTable table({{"key", false, Fit::kCutMiddle}, {"all", true, Fit::kDrop}, {"n", true}});
  table.Add({{"2001:db8:1234:5678:9abc:def0:1234:5678"}, {"1,000,000"}, {"5"}});
  EXPECT_EQ(table.Render(50, false),
            "  key                                     n\n"
            "  2001:db8:1234:5678:9abc:def0:1234:5678  5\n");
}

}  // namespace
}  // namespace rcodescope
