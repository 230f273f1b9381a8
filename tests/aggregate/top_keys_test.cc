// What is shown of a table, and what is left over.
#include "aggregate/top_keys.h"

#include <map>

#include <gtest/gtest.h>

namespace rcodescope {
namespace {

TEST(TopKeys, OfKeysThatAreNotShownEveryCodeIsInOther) {
  KeyCounts table(KeyCounts::SmallestBytes(false), false, /*secret=*/7);
  const LocatedKey key = table.Locate(IpAddress{});
  std::map<Rcode, uint64_t> expected;
  const auto add = [&](Rcode rcode) {
    table.Add(key, {}, rcode);
    ++expected[rcode];
  };
  for (uint16_t code = 0; code < 64; ++code) add({RcodeSpace::kDns, code});
  add({RcodeSpace::kTsig, 16});
  add({RcodeSpace::kTkey, 17});
  const DimensionCount servers =
      TopKeys(table, Dimension::kServer, /*top=*/0, KeyLabels(), [](Rcode rcode) { return rcode; });
  EXPECT_TRUE(servers.top.empty());
  const auto& rows = servers.other.rcodes;
  EXPECT_EQ((std::map<Rcode, uint64_t>(rows.begin(), rows.end())), expected);
}

}  // namespace
}  // namespace rcodescope
