// Names for where responses are seen.
#include "aggregate/site_table.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "aggregate/tap_counts.h"

namespace rcodescope {
namespace {

IpAddress V4(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
  const std::array<std::byte, 4> bytes = {std::byte{a}, std::byte{b}, std::byte{c}, std::byte{d}};
  return IpAddress::FromIpv4(bytes.data());
}

IpAddress V6(uint8_t fifth) {
  IpAddress address{};
  address.bytes = {0x20, 0x01, 0x0d, 0xb8, fifth};
  return address;
}

struct Seen {
  IpAddress server = V4(192, 0, 2, 53);
  Tap tap;
  std::string_view nsid;  // borrowed
};

Observation ResponseOf(const Seen& seen) {
  Observation response{};
  response.is_response = true;
  response.opcode = Opcode::kQuery;
  response.server = seen.server;
  response.tap = seen.tap;
  response.nsid = std::as_bytes(std::span(seen.nsid));
  return response;
}

std::string SiteOf(const SiteTable& table, const Seen& seen) {
  SiteFinder finder(table);
  const Observation response = ResponseOf(seen);
  const uint16_t site = table.Find(response);
  EXPECT_EQ(finder.Find(response), site);
  EXPECT_EQ(finder.Find(response), site);  // as remembered
  return table.names()[site];
}

TEST(SiteTable, AnAddressIsInANetworkByItsFirstBits) {
  const Network odd{.address = V4(192, 0, 2, 128), .bits = 96 + 25};
  EXPECT_TRUE(odd.Holds(V4(192, 0, 2, 255)));
  EXPECT_FALSE(odd.Holds(V4(192, 0, 2, 127)));
  EXPECT_TRUE((Network{.address = V4(0, 0, 0, 0), .bits = 96}.Holds(V4(203, 0, 113, 1))));
  EXPECT_FALSE((Network{.address = V4(0, 0, 0, 0), .bits = 96}.Holds(V6(0))));
  EXPECT_TRUE((Network{.address = V6(0x80), .bits = 33}.Holds(V6(0xff))));
  EXPECT_FALSE((Network{.address = V6(0x80), .bits = 33}.Holds(V6(0x7f))));
  EXPECT_TRUE((Network{.address = V6(7), .bits = 128}.Holds(V6(7))));
  EXPECT_TRUE((Network{.bits = 0}.Holds(V6(7))));
}

TEST(SiteTable, TheFirstRuleThatFitsInAllItSaysNamesTheSite) {
  const SiteTable table({
      {.name = "ams", .vlans = {10, 11}},
      {.name = "fra", .prefixes = {{V4(192, 0, 2, 0), 96 + 24}}, .vnis = {7}},
      {.name = "ams", .nsids = {"ams1"}},
      {.name = "lon", .sessions = {100}},
      {.name = "fra", .prefixes = {{V4(192, 0, 2, 0), 96 + 24}, {V6(1), 40}}},
  });
  EXPECT_EQ(table.names(), (std::vector<std::string>{"", "ams", "fra", "lon"}));
  EXPECT_EQ(SiteOf(table, {.tap = {.vlan = 11}}), "ams");
  EXPECT_EQ(SiteOf(table, {.tap = {.vlan = 12}}), "fra");
  EXPECT_EQ(SiteOf(table, {.tap = {.vlan = 10, .vni = 7}}), "ams");
  EXPECT_EQ(SiteOf(table, {.nsid = "ams1"}), "ams");
  EXPECT_EQ(SiteOf(table, {.nsid = "ams2"}), "fra");
  EXPECT_EQ(SiteOf(table, {.server = V6(1)}), "fra");
  EXPECT_EQ(SiteOf(table, {.server = V6(2)}), "");
  EXPECT_EQ(SiteOf(table, {.server = V6(2), .tap = {.erspan_session = 100}}), "lon");
  EXPECT_EQ(SiteOf(table, {.server = V6(2), .tap = {.vni = 7}}), "");
}

// More places than are remembered at a time.
TEST(SiteFinder, FindsWhatTheTableFinds) {
  const SiteTable table(
      {{.name = "even", .prefixes = {{V4(10, 0, 0, 0), 96 + 9}}}, {.name = "seven", .vlans = {7}}});
  SiteFinder finder(table);
  for (int round = 0; round < 3; ++round) {
    for (unsigned i = 0; i < 2000; ++i) {
      const Observation response = ResponseOf(
          {.server = V4(10, static_cast<uint8_t>(i % 256), static_cast<uint8_t>(i / 256), 1),
           .tap = {.vlan = static_cast<uint16_t>(i % 11)}});
      EXPECT_EQ(finder.Find(response), table.Find(response));
    }
  }
}

TEST(NsidText, IsTextOrHexadecimalAndNeverAmbiguous) {
  EXPECT_EQ(NsidText("ns1.ams"), "ns1.ams");
  EXPECT_EQ(NsidText("two words"), "two words");
  EXPECT_EQ(NsidText(std::string("\x00\xff", 2)), "0x00ff");
  EXPECT_EQ(NsidText("0x00ff"), "0x307830306666");
  EXPECT_EQ(NsidText("other"), "0x6f74686572");
}

class TapCountsTest : public testing::Test {
 protected:
  void Record(const std::string& nsid, uint16_t code, size_t times = 1) {
    Observation response = ResponseOf({.nsid = nsid});
    response.rcode = {RcodeSpace::kDns, code};
    all_[response.rcode] += times;
    for (size_t i = 0; i < times; ++i) {
      counts_.RecordNsid(response);
      counts_.RecordSite(code == 3 ? 2 : SiteTable::kNoSite, response);
    }
  }
  void Merge() {
    totals_.Merge(counts_, [](Rcode rcode) { return rcode; });
    counts_.Clear();
  }

  TapTotals::Codes all_;
  TapCounts counts_{1};
  TapTotals totals_{{"", "a", "b"}};
};

uint64_t All(const DimensionCount& counts) {
  uint64_t sum = counts.other.responses;
  for (const KeyCount& row : counts.top) sum += row.responses;
  return sum;
}

TEST_F(TapCountsTest, EveryResponseIsInOneRow) {
  Record("x", 0, 3);
  Record("x", 23, 2);
  Record("", 3, 5);
  Merge();
  Record("y", 3);
  Record("x", 3);
  Merge();
  const DimensionCount nsids = totals_.BuildNsids(all_);
  ASSERT_EQ(nsids.top.size(), 2U);
  EXPECT_EQ(nsids.top[0].key, "x");
  EXPECT_EQ(nsids.top[0].responses, 6U);
  EXPECT_EQ(nsids.top[0].errors, 3U);
  EXPECT_EQ(nsids.top[1].key, "y");
  EXPECT_EQ(nsids.other.responses, 5U);
  const DimensionCount sites = totals_.BuildSites(all_);
  ASSERT_EQ(sites.top.size(), 2U);
  EXPECT_EQ(sites.top[0].key, "b");
  EXPECT_EQ(sites.top[0].responses, 7U);
  EXPECT_EQ(sites.top[1].responses, 0U);
  EXPECT_EQ(All(sites), 12U);
}

TEST_F(TapCountsTest, NsidsBeyondTheLimitAreOther) {
  for (size_t window = 0; window < 2; ++window) {
    for (size_t i = 0; i < kMostNsids + 20; ++i) Record("n" + std::to_string(i + window * 10), 0);
    Merge();
  }
  const DimensionCount nsids = totals_.BuildNsids(all_);
  EXPECT_EQ(nsids.tracked, kMostNsids);
  EXPECT_EQ(nsids.top.size(), kMostNsids);
  EXPECT_EQ(All(nsids), 2 * (kMostNsids + 20));
  EXPECT_EQ(nsids.overflow_responses, nsids.other.responses);
}

}  // namespace
}  // namespace rcodescope
