// Numbers and their names, and addresses as text.
#include "parse/protocol.h"

#include <iterator>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "parse/extended_errors.h"
#include "parse/ip_address.h"
#include "tests/support/frames.h"

namespace rcodescope {
namespace {

TEST(OpcodeName, AreIanasOrNumbers) {  // RFC 6895 §2.2, RFC 8490 §10.1
  const char* const kNames[16] = {
      "QUERY",   "IQUERY",  "STATUS",   "OPCODE3",  "NOTIFY",   "UPDATE",   "DSO",      "OPCODE7",
      "OPCODE8", "OPCODE9", "OPCODE10", "OPCODE11", "OPCODE12", "OPCODE13", "OPCODE14", "OPCODE15"};
  for (uint8_t number = 0; number < 16; ++number) {
    const auto opcode = static_cast<Opcode>(number);
    const std::string name = kNames[number];
    EXPECT_EQ(OpcodeName(opcode), name);
    EXPECT_EQ(IsAssigned(opcode), !name.starts_with("OPCODE"));
  }
}

// As dnspython names them.
TEST(TypeName, AreIanasOrRfc3597s) {
  const std::map<unsigned, std::string> kNames = {
      {1, "A"},       {2, "NS"},      {5, "CNAME"},   {6, "SOA"},      {12, "PTR"},
      {13, "HINFO"},  {15, "MX"},     {16, "TXT"},    {28, "AAAA"},    {33, "SRV"},
      {35, "NAPTR"},  {37, "CERT"},   {39, "DNAME"},  {43, "DS"},      {44, "SSHFP"},
      {46, "RRSIG"},  {47, "NSEC"},   {48, "DNSKEY"}, {50, "NSEC3"},   {51, "NSEC3PARAM"},
      {52, "TLSA"},   {53, "SMIMEA"}, {59, "CDS"},    {60, "CDNSKEY"}, {61, "OPENPGPKEY"},
      {63, "ZONEMD"}, {64, "SVCB"},   {65, "HTTPS"},  {99, "SPF"},     {249, "TKEY"},
      {250, "TSIG"},  {251, "IXFR"},  {252, "AXFR"},  {255, "ANY"},    {256, "URI"},
      {257, "CAA"}};
  for (unsigned type = 0; type <= 0xffff; ++type) {
    const auto found = kNames.find(type);
    const bool named = found != kNames.end();
    ASSERT_EQ(TypeName(static_cast<uint16_t>(type)),
              named ? found->second : "TYPE" + std::to_string(type));
    ASSERT_EQ(IsNamedType(static_cast<uint16_t>(type)), named) << type;
  }
}

TEST(EdeName, AreThoseOfRfc8914) {  // §4.1 … §4.25
  const char* const kNames[] = {
      "Other",
      "Unsupported DNSKEY Algorithm",
      "Unsupported DS Digest Type",
      "Stale Answer",
      "Forged Answer",
      "DNSSEC Indeterminate",
      "DNSSEC Bogus",
      "Signature Expired",
      "Signature Not Yet Valid",
      "DNSKEY Missing",
      "RRSIGs Missing",
      "No Zone Key Bit Set",
      "NSEC Missing",
      "Cached Error",
      "Not Ready",
      "Blocked",
      "Censored",
      "Filtered",
      "Prohibited",
      "Stale NXDOMAIN Answer",
      "Not Authoritative",
      "Not Supported",
      "No Reachable Authority",
      "Network Error",
      "Invalid Data",
      // https://www.iana.org/assignments/dns-parameters (Extended DNS Errors)
      "Signature Expired before Valid",
      "Too Early",
      "Unsupported NSEC3 Iterations Value",
      "Unable to conform to policy",
      "Synthesized",
      "Invalid Query Type",
  };
  for (unsigned code = 0; code <= 0xffff; ++code) {
    ASSERT_EQ(EdeName(static_cast<uint16_t>(code)), code < std::size(kNames) ? kNames[code] : "");
  }
}

IpAddress V6(const std::string& hex) {
  const Bytes bytes = Hex(hex);
  return IpAddress::FromIpv6(bytes.data());
}
IpAddress V4(const std::string& hex) {
  const Bytes bytes = Hex(hex);
  return IpAddress::FromIpv4(bytes.data());
}

TEST(IpAddress, TextFollowsRfc5952) {
  EXPECT_EQ(V4("c0000235").ToString(), "192.0.2.53");
  EXPECT_EQ(V4("00000000").ToString(), "0.0.0.0");
  EXPECT_EQ(V6("20010db8000000000000000000000001").ToString(), "2001:db8::1");
  EXPECT_EQ(V6("20010db8000000010001000100010001").ToString(), "2001:db8:0:1:1:1:1:1") << "§4.2.2";
  EXPECT_EQ(V6("20010000000000010000000000000001").ToString(), "2001:0:0:1::1") << "§4.2.3";
  EXPECT_EQ(V6("2001db80000000000000abcdef000001").ToString(), "2001:db80::abcd:ef00:1");
  EXPECT_EQ(V6("00000000000000000000000000000000").ToString(), "::");
  EXPECT_EQ(V4("c0000235").family(), Family::kIpv4);
  EXPECT_EQ(V6("20010db8000000000000000000000001").family(), Family::kIpv6);
}

TEST(IpAddress, PrefixKeepsTheBitsOfItsFamily) {
  const IpAddress v4 = V4("ffffffff");
  const IpAddress v6 = V6("ffffffffffffffffffffffffffffffff");
  EXPECT_EQ(v4.Prefix(32, 128), v4);
  EXPECT_EQ(v4.Prefix(24, 128).ToString(), "255.255.255.0");
  EXPECT_EQ(v4.Prefix(25, 0).ToString(), "255.255.255.128");
  EXPECT_EQ(v4.Prefix(1, 0).ToString(), "128.0.0.0");
  EXPECT_EQ(v4.Prefix(0, 128).ToString(), "0.0.0.0");
  EXPECT_EQ(v6.Prefix(32, 128), v6);
  EXPECT_EQ(v6.Prefix(0, 64).ToString(), "ffff:ffff:ffff:ffff::");
  EXPECT_EQ(v6.Prefix(0, 57).ToString(), "ffff:ffff:ffff:ff80::");
  EXPECT_EQ(v6.Prefix(32, 0).ToString(), "::");
  EXPECT_EQ(v6.Prefix(32, 1).ToString(), "8000::");
  EXPECT_EQ(v6.Prefix(32, 65).ToString(), "ffff:ffff:ffff:ffff:8000::");
}

}  // namespace
}  // namespace rcodescope
