#include "exporters/worst_keys.h"

#include <gtest/gtest.h>

#include "tests/exporters/snapshot_builder.h"

namespace rcodescope {
namespace {

const DimensionCount& Servers(const SnapshotBuilder& builder) {
  return builder.snapshot().dimensions[static_cast<size_t>(Dimension::kServer)];
}

TEST(WorstKeys, ServfailRefusedNxdomainComeFirstThenTheOthersByCount) {
  SnapshotBuilder builder;
  builder.Key(Dimension::kServer, "a",
              {{kBadVers, 900}, {kFormErr, 950}, {kNxDomain, 3}, {kRefused, 2}, {kServFail, 1}});
  const auto worst = WorstKeys(Servers(builder), 10);
  ASSERT_EQ(worst.size(), 5U);
  EXPECT_EQ(worst[0].rcode, "SERVFAIL");
  EXPECT_EQ(worst[1].rcode, "REFUSED");
  EXPECT_EQ(worst[2].rcode, "NXDOMAIN");
  EXPECT_EQ(worst[3].rcode, "FORMERR");
  EXPECT_EQ(worst[4].rcode, "BADVERS");
}

TEST(WorstKeys, EachCodeGetsOneRowBeforeAnyGetsASecond) {
  SnapshotBuilder builder;
  for (uint64_t i = 1; i <= 9; ++i) {
    builder.Key(Dimension::kServer, "s" + std::to_string(i), {{kServFail, 100 * i}});
  }
  builder.Key(Dimension::kServer, "n", {{kNxDomain, 1}});
  const auto worst = WorstKeys(Servers(builder), 4);
  ASSERT_EQ(worst.size(), 2U);
  ASSERT_EQ(worst[0].keys.size(), 3U);
  EXPECT_EQ(worst[0].keys[0].key->key, "s9");
  EXPECT_EQ(worst[0].keys[2].key->key, "s7");
  ASSERT_EQ(worst[1].keys.size(), 1U);
  EXPECT_EQ(worst[1].keys[0].key->key, "n");
}

TEST(WorstKeys, NeverMoreRowsThanAsked) {
  SnapshotBuilder builder;
  builder.Key(Dimension::kServer, "a", {{kServFail, 1}, {kRefused, 1}, {kNxDomain, 1}});
  EXPECT_EQ(WorstKeys(Servers(builder), 2).size(), 2U);
  EXPECT_TRUE(WorstKeys(Servers(builder), 0).empty());
}

TEST(WorstKeys, TheTotalOfACodeIncludesOther) {
  SnapshotBuilder builder;
  builder.Key(Dimension::kServer, "a", {{kServFail, 30}})
      .Key(Dimension::kServer, "other", {{kServFail, 12}});
  const auto worst = WorstKeys(Servers(builder), 10);
  ASSERT_EQ(worst.size(), 1U);
  EXPECT_EQ(worst[0].responses, 42U);
  ASSERT_EQ(worst[0].keys.size(), 1U) << "other is not a key";
}

TEST(WorstKeys, CodesOfOneNameAreOne) {
  SnapshotBuilder builder;
  builder.Key(Dimension::kServer, "a", {{kTsigBadKey, 4}, {kTkeyBadKey, 3}});
  const auto worst = WorstKeys(Servers(builder), 10);
  ASSERT_EQ(worst.size(), 1U);
  EXPECT_EQ(worst[0].keys[0].responses, 7U);
}

TEST(WorstKeys, NoErrorIsNoError) {
  SnapshotBuilder builder;
  builder.Key(Dimension::kServer, "a", {{kNoError, 5}});
  EXPECT_TRUE(WorstKeys(Servers(builder), 10).empty());
}

TEST(WorstKeys, EqualCountsGoByTheKeysBytes) {
  SnapshotBuilder builder;
  builder.Key(Dimension::kServer, "b", {{kServFail, 5}})
      .Key(Dimension::kServer, "a", {{kServFail, 5}, {kNoError, 0}});
  const auto worst = WorstKeys(Servers(builder), 10);
  ASSERT_EQ(worst[0].keys.size(), 2U);
  EXPECT_EQ(worst[0].keys[0].key->key, "a");
}

}  // namespace
}  // namespace rcodescope
