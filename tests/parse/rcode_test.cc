// The catalogue against IANA's registry "DNS RCODEs" and RFC 6895 §2.3.
#include "parse/rcode.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace rcodescope {
namespace {

constexpr RcodeSpace kDns = RcodeSpace::kDns;
constexpr RcodeSpace kTsig = RcodeSpace::kTsig;
constexpr RcodeSpace kTkey = RcodeSpace::kTkey;

// https://www.iana.org/assignments/dns-parameters, in upper case.
constexpr struct {
  uint16_t code;
  const char* name;
} kRegistry[] = {
    {0, "NOERROR"},  {1, "FORMERR"},    {2, "SERVFAIL"},  {3, "NXDOMAIN"},   {4, "NOTIMP"},
    {5, "REFUSED"},  {6, "YXDOMAIN"},   {7, "YXRRSET"},   {8, "NXRRSET"},    {9, "NOTAUTH"},
    {10, "NOTZONE"}, {11, "DSOTYPENI"}, {17, "BADKEY"},   {18, "BADTIME"},   {19, "BADMODE"},
    {20, "BADNAME"}, {21, "BADALG"},    {22, "BADTRUNC"}, {23, "BADCOOKIE"},
};

TEST(RcodeCatalogue, NamesEveryAssignedCodeInEverySpace) {
  for (const auto& entry : kRegistry) {
    for (const RcodeSpace space : {kDns, kTsig, kTkey}) {
      EXPECT_EQ(RcodeName({space, entry.code}), entry.name);
      EXPECT_TRUE(IsAssigned(Rcode{space, entry.code}));
    }
  }
}

TEST(RcodeCatalogue, SixteenIsBadversInTheHeaderAndBadsigInTsigAndTkey) {
  EXPECT_EQ(RcodeName({kDns, 16}), "BADVERS");  // RFC 6891 §9
  EXPECT_EQ(RcodeName({kTsig, 16}), "BADSIG");  // RFC 8945 §5.2.2
  EXPECT_EQ(RcodeName({kTkey, 16}), "BADSIG");  // RFC 6895 §2.3
}

TEST(RcodeCatalogue, AllOtherCodesOf12BitsGoByNumber) {
  std::set<uint16_t> assigned = {16};
  for (const auto& entry : kRegistry) assigned.insert(entry.code);
  std::set<std::string> names;
  for (uint16_t code = 0; code < 4096; ++code) {
    const Rcode rcode{kDns, code};
    names.insert(RcodeName(rcode));
    EXPECT_EQ(IsAssigned(rcode), assigned.contains(code)) << code;
    if (assigned.contains(code)) continue;
    EXPECT_EQ(RcodeName(rcode), "RCODE" + std::to_string(code));
  }
  EXPECT_EQ(names.size(), 4096u) << "no two codes have one name";
}

TEST(RcodeCatalogue, ErrorFieldsOf16BitsGoByNumberToo) {
  EXPECT_EQ(RcodeName({kTsig, 24}), "RCODE24");
  EXPECT_EQ(RcodeName({kTsig, 4096}), "RCODE4096");
  EXPECT_EQ(RcodeName({kTkey, 65'534}), "RCODE65534");
  EXPECT_EQ(RcodeName({kTsig, kOtherCode}), "other");
  EXPECT_FALSE(IsAssigned(Rcode{kTkey, 65'534}));
}

TEST(RcodeCatalogue, EntriesAreOrderedAndSayWhereTheyAreDefined) {
  ASSERT_EQ(kRcodeCatalogue.size(), std::size(kRegistry) + 2) << "16 stands twice";
  for (size_t i = 0; i < kRcodeCatalogue.size(); ++i) {
    const RcodeEntry& entry = kRcodeCatalogue[i];
    EXPECT_LE(kRcodeCatalogue[i > 0 ? i - 1 : 0].code, entry.code);
    EXPECT_TRUE(entry.reference.starts_with("RFC ")) << entry.mnemonic;
    EXPECT_NE(entry.description, "");
  }
}

TEST(RcodeCatalogue, NoCodeIsCalledBadcksum) {  // a popular error
  for (const RcodeEntry& entry : kRcodeCatalogue) EXPECT_NE(entry.mnemonic, "BADCKSUM");
}

// RFC 6891 §6.1.3: "EXTENDED-RCODE: Forms the upper 8 bits of extended 12-bit RCODE".
TEST(JoinRcode, PutsTheOptBitsAboveTheNibble) {
  EXPECT_EQ(JoinRcode(0, 3), 3);
  EXPECT_EQ(JoinRcode(1, 0), 16);
  EXPECT_EQ(JoinRcode(1, 7), 23);
  EXPECT_EQ(JoinRcode(255, 15), 4095);
  EXPECT_EQ(JoinRcode(0, 0xf5), 5) << "of the second argument, four bits count";
}

TEST(Rcode, PackedFormGoesThereAndBackAndKeepsTheOrder) {
  const Rcode ordered[] = {{kDns, 0}, {kDns, 65'535}, {kTsig, 0}, {kTsig, 16}, {kTkey, 65'535}};
  for (size_t i = 0; i < std::size(ordered); ++i) {
    EXPECT_EQ(Rcode::Unpack(ordered[i].packed()), ordered[i]);
    if (i + 1 == std::size(ordered)) break;
    EXPECT_LT(ordered[i].packed(), ordered[i + 1].packed());
  }
}

}  // namespace
}  // namespace rcodescope
