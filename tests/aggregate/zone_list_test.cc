// Zones that a user names.
#include "aggregate/zone_list.h"

#include <string>

#include <gtest/gtest.h>

#include "aggregate/zone_policy.h"
#include "tests/aggregate/names.h"
#include "tests/support/temp_file.h"

namespace rcodescope {
namespace {

constexpr uint64_t kSecret = 1;

std::string Zone(const ZonePolicy& policy, const OwnedName& name) {
  Observation message{};
  message.is_response = true;
  message.qtype = 1;
  message.qname = name.ref();
  message.qname_labels = LastLabels(message.qname).starts();
  const ZoneDecision decision = policy.Decide(message, {});
  return PresentationForm(decision.zone);
}

TEST(ZoneList, ConfiguredZonesGoFirstAndTheLongestCounts) {
  const TempFile file(
      "# ours\n"
      "  example.com.\t# with its dot\n"
      "\n"
      "Deep.Example.COM\r\n"
      "dot\\.ted.example.net\n"
      "\\226\\130\\172.example.org\n"
      "uk");
  auto list = ZoneList::Load(file.path(), kSecret);
  ASSERT_TRUE(list.ok()) << list.status();
  ZonePolicy policy = ZonePolicy::ByLabels(1);
  policy.Configure(*std::move(list));
  EXPECT_EQ(Zone(policy, OwnedName("www.example.com")), "example.com.");
  EXPECT_EQ(Zone(policy, OwnedName("a.b.deep.example.com")), "deep.example.com.");
  EXPECT_EQ(Zone(policy, OwnedName("www.example.co.uk")), "uk.");
  EXPECT_EQ(Zone(policy, OwnedName::FromLabels({"x", "dot.ted", "example", "net"})),
            "dot\\.ted.example.net.");
  EXPECT_EQ(Zone(policy, OwnedName::FromLabels({"\xe2\x82\xac", "example", "org"})),
            "\\226\\130\\172.example.org.");
  EXPECT_EQ(Zone(policy, OwnedName("www.example.net")), "net.");
}

TEST(ZoneList, TheRootHoldsEveryName) {
  const TempFile file(".\n");
  auto list = ZoneList::Load(file.path(), kSecret);
  ASSERT_TRUE(list.ok()) << list.status();
  ZonePolicy policy = ZonePolicy::ByLabels(2);
  policy.Configure(*std::move(list));
  EXPECT_EQ(Zone(policy, OwnedName("www.example.com")), ".");
  EXPECT_EQ(Zone(policy, OwnedName(".")), ".");
}

TEST(ZoneList, ALineThatIsNoNameIsToldWithItsNumber) {
  for (const char* line :
       {"a..b", ".a", "a b", "\\999.com", "\\1", "\\",
        "a234567890123456789012345678901234567890123456789012345678901234.com"}) {
    const TempFile file(std::string("example.com\n") + line + "\n");
    const auto list = ZoneList::Load(file.path(), kSecret);
    ASSERT_FALSE(list.ok()) << line;
    EXPECT_NE(std::string(list.status().message()).find(":2: not a zone's name"), std::string::npos)
        << list.status();
  }
  EXPECT_FALSE(ZoneList::Load("/nonexistent/zones", kSecret).ok());
}

}  // namespace
}  // namespace rcodescope
