#include "app/duration_size.h"

#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace rcodescope {
namespace {

constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
constexpr int64_t kMaxSigned = std::numeric_limits<int64_t>::max();

TEST(DurationSize, EveryUnitOfTimeIsReadInNanoseconds) {
  struct Row {
    const char* text;
    int64_t ns;
  };
  for (const Row& row : {Row{"1ns", 1}, Row{"1us", 1'000}, Row{"500ms", 500'000'000},
                         Row{"1s", 1'000'000'000}, Row{"2m", 120'000'000'000},
                         Row{"1h", 3'600'000'000'000}, Row{"0s", 0}, Row{"007s", 7'000'000'000}}) {
    const auto value = ParseDuration(row.text, 0, kMaxSigned);
    ASSERT_TRUE(value.ok()) << row.text << ": " << value.status();
    EXPECT_EQ(*value, row.ns) << row.text;
  }
}

TEST(DurationSize, EveryUnitOfSizeIsReadInBytes) {
  struct Row {
    const char* text;
    uint64_t bytes;
  };
  for (const Row& row : {Row{"4096", 4096}, Row{"1K", 1024}, Row{"1KiB", 1024},
                         Row{"64MiB", 67'108'864}, Row{"1M", 1'048'576}, Row{"1GiB", 1'073'741'824},
                         Row{"1G", 1'073'741'824}, Row{"1T", 1'099'511'627'776},
                         Row{"1TiB", 1'099'511'627'776}, Row{"18446744073709551615", kMax}}) {
    const auto value = ParseSize(row.text, 0, kMax);
    ASSERT_TRUE(value.ok()) << row.text << ": " << value.status();
    EXPECT_EQ(*value, row.bytes) << row.text;
  }
}

TEST(DurationSize, WhatIsNoDurationIsRefusedWithTheReason) {
  struct Row {
    const char* text;
    const char* reason;
  };
  for (const Row& row :
       {Row{"", "not a number"}, Row{"s", "not a number"}, Row{"-1s", "not a number"},
        Row{"+1s", "not a number"}, Row{" 1s", "not a number"},
        Row{"1", "needs a unit: ns, us, ms, s, m or h"},
        Row{"1 s", "needs a unit: ns, us, ms, s, m or h"},
        Row{"1.5s", "needs a unit: ns, us, ms, s, m or h"},
        Row{"1S", "needs a unit: ns, us, ms, s, m or h"},
        Row{"1h30m", "needs a unit: ns, us, ms, s, m or h"},
        Row{"18446744073709551616ns", "too large"},    // 2^64
        Row{"5124096h", "too large"},                  // 2^64 ns are 5124095.6 hours
        Row{"9223372036854775808ns", "too large"}}) {  // 2^63
    const auto value = ParseDuration(row.text, 0, kMaxSigned);
    ASSERT_FALSE(value.ok()) << row.text;
    EXPECT_EQ(value.status().message(), row.reason) << row.text;
  }
}

TEST(DurationSize, WhatIsNoSizeIsRefusedWithTheReason) {
  struct Row {
    const char* text;
    const char* reason;
  };
  for (const Row& row : {Row{"abc", "not a number"}, Row{"", "not a number"},
                         Row{"1MB", "unknown unit: take KiB, MiB, GiB or TiB"},
                         Row{"1mib", "unknown unit: take KiB, MiB, GiB or TiB"},
                         Row{"1 MiB", "unknown unit: take KiB, MiB, GiB or TiB"},
                         Row{"16777216T", "too large"}}) {  // 2^24 · 2^40
    const auto value = ParseSize(row.text, 0, kMax);
    ASSERT_FALSE(value.ok()) << row.text;
    EXPECT_EQ(value.status().message(), row.reason) << row.text;
  }
}

TEST(DurationSize, BothEndsOfARangeAreInIt) {
  EXPECT_EQ(ParseInteger("3", 3, 5).value(), 3u);
  EXPECT_EQ(ParseInteger("5", 3, 5).value(), 5u);
  EXPECT_EQ(ParseInteger("2", 3, 5).status().message(), "too small");
  EXPECT_EQ(ParseInteger("6", 3, 5).status().message(), "too large");
  EXPECT_EQ(ParseInteger("4x", 3, 5).status().message(), "not a whole number");
  EXPECT_EQ(ParseInteger("4.0", 3, 5).status().message(), "not a whole number");
  EXPECT_TRUE(ParseDuration("3ns", 3, 5).ok());
  EXPECT_TRUE(ParseDuration("5ns", 3, 5).ok());
  EXPECT_FALSE(ParseDuration("2ns", 3, 5).ok());
  EXPECT_FALSE(ParseDuration("6ns", 3, 5).ok());
  EXPECT_TRUE(ParseSize("1K", 1024, 2048).ok());
  EXPECT_TRUE(ParseSize("2K", 1024, 2048).ok());
  EXPECT_FALSE(ParseSize("1023", 1024, 2048).ok());
  EXPECT_FALSE(ParseSize("2049", 1024, 2048).ok());
}

TEST(FormatSize, IsReadBackAsItWas) {
  EXPECT_EQ(FormatSize(0), "0");
  EXPECT_EQ(FormatSize(1000), "1000");
  EXPECT_EQ(FormatSize(1024), "1KiB");
  EXPECT_EQ(FormatSize(uint64_t{3} << 30), "3GiB");
  EXPECT_EQ(FormatSize((uint64_t{3} << 30) + 1024), "3145729KiB");
  for (const uint64_t bytes : {uint64_t{1}, uint64_t{1} << 20, uint64_t{1} << 40}) {
    EXPECT_EQ(*ParseSize(FormatSize(bytes), 0, uint64_t{1} << 62), bytes);
  }
}

}  // namespace
}  // namespace rcodescope
