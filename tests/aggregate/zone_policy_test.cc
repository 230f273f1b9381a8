// Which zone a response is counted under.
#include "aggregate/zone_policy.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "parse/protocol.h"
#include "tests/aggregate/names.h"

namespace rcodescope {
namespace {

constexpr char kFile[] = "/usr/share/publicsuffix/public_suffix_list.dat";

const ZonePolicy& ByList() {
  static const ZonePolicy policy =
      ZonePolicy::ByPublicSuffix(*PublicSuffixList::Load(kFile, 0x5ec2e7));
  return policy;
}

// The zone of a name in a message of the given opcode and type.
std::string Zone(const ZonePolicy& policy, const OwnedName& name, Opcode opcode = Opcode::kQuery,
                 uint16_t qtype = 1) {
  Observation message{};
  message.is_response = true;
  message.opcode = opcode;
  message.qtype = qtype;
  message.qname = name.ref();
  message.qname_labels = LastLabels(message.qname).starts();
  return PresentationForm(policy.Decide(message, {}).zone);
}

std::string Zone(const char* name, Opcode opcode = Opcode::kQuery, uint16_t qtype = 1) {
  return Zone(ByList(), OwnedName(name), opcode, qtype);
}

TEST(ZonePolicy, IsThePublicSuffixAndOneLabel) {
  EXPECT_EQ(Zone("www.example.com"), "example.com.");
  EXPECT_EQ(Zone("a.b.c.example.co.uk"), "example.co.uk.");
  EXPECT_EQ(Zone("a.b.c.kobe.jp"), "b.c.kobe.jp.");      // *.kobe.jp
  EXPECT_EQ(Zone("www.city.kobe.jp"), "city.kobe.jp.");  // !city.kobe.jp
  EXPECT_EQ(Zone("pages.github.io"), "github.io.");      // a rule of the private section
  EXPECT_EQ(Zone("a.b.unheard-of"), "b.unheard-of.");
}

TEST(ZonePolicy, ASuffixItselfIsItsOwnZone) {
  EXPECT_EQ(Zone("com"), "com.");
  EXPECT_EQ(Zone("co.uk"), "co.uk.");
  EXPECT_EQ(Zone("x.ck"), "x.ck.");
}

TEST(ZonePolicy, TheRootAnswersForItselfAndForWhatIsNoTopLevelDomain) {
  EXPECT_EQ(Zone("."), ".");
  EXPECT_EQ(Zone("localhost"), ".");
  EXPECT_EQ(Zone("kzqxwvrtplm"), ".");  // as browsers ask at start
  EXPECT_EQ(Zone("arpa"), "arpa.");
}

TEST(ZonePolicy, ReverseTreesAreCutAt24And48) {
  EXPECT_EQ(Zone("7.100.51.198.in-addr.arpa"), "100.51.198.in-addr.arpa.");
  EXPECT_EQ(Zone("100.51.198.in-addr.arpa"), "100.51.198.in-addr.arpa.");
  EXPECT_EQ(Zone("198.in-addr.arpa"), "198.in-addr.arpa.");
  EXPECT_EQ(Zone("in-addr.arpa"), "in-addr.arpa.");
  EXPECT_EQ(Zone("64-26.100.51.198.in-addr.arpa"), "100.51.198.in-addr.arpa.");  // RFC 2317
  // 2001:db8:7::7
  EXPECT_EQ(Zone("7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.7.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"),
            "7.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.");
  EXPECT_EQ(Zone("8.b.d.0.1.0.0.2.ip6.arpa"), "8.b.d.0.1.0.0.2.ip6.arpa.");
}

TEST(ZonePolicy, NamesThatOnlyLookReverseAreNot) {
  EXPECT_EQ(Zone("a.b.c.d.xin-addr.arpa"), "xin-addr.arpa.");
  EXPECT_EQ(Zone("a.b.c.d.in-addr.arpa.example.com"), "example.com.");
  // One label that ends in the bytes of the two.
  const OwnedName disguised = OwnedName::FromLabels(
      {"a", "b", "c", "d", "e", "f", std::string("x") + "\7in-addr" + "\4arpa"});
  EXPECT_EQ(Zone(ByList(), disguised), "f.x\\007in-addr\\004arpa.");
}

TEST(ZonePolicy, SomeMessagesNameTheirZoneThemselves) {
  const char* name = "deep.below.example.com";
  for (const auto& [opcode, qtype] : {std::pair{Opcode::kUpdate, kTypeSoa},
                                      {Opcode::kNotify, kTypeSoa},
                                      {Opcode::kQuery, kTypeAxfr},
                                      {Opcode::kQuery, kTypeIxfr}}) {
    EXPECT_EQ(Zone(name, opcode, qtype), "deep.below.example.com.");
  }
  EXPECT_EQ(Zone(name, Opcode::kQuery, kTypeSoa), "example.com.");
  EXPECT_EQ(Zone("7.100.51.198.in-addr.arpa", Opcode::kUpdate), "7.100.51.198.in-addr.arpa.");
  EXPECT_EQ(Zone(".", Opcode::kQuery, kTypeAxfr), ".");
}

TEST(ZonePolicy, ByLabels) {
  const OwnedName name("a.b.c.example.com");
  const std::vector<std::pair<int, std::string>> cases = {{1, "com."},
                                                          {2, "example.com."},
                                                          {4, "b.c.example.com."},
                                                          {5, "a.b.c.example.com."},
                                                          {127, "a.b.c.example.com."}};
  for (const auto& [labels, zone] : cases)
    EXPECT_EQ(Zone(ZonePolicy::ByLabels(labels), name), zone);
  EXPECT_EQ(Zone(ZonePolicy::ByLabels(1), OwnedName(".")), ".");
  EXPECT_EQ(Zone(ZonePolicy::ByLabels(1), name, Opcode::kUpdate), "a.b.c.example.com.");
}

TEST(ZonePolicy, WithoutAQuestionThereIsNone) {
  Observation message{};
  message.is_response = true;
  EXPECT_TRUE(ByList().Decide(message, {}).zone.empty());
  EXPECT_TRUE(ZonePolicy::ByLabels(2).Decide(message, {}).zone.empty());
}

}  // namespace
}  // namespace rcodescope
