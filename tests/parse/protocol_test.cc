// Numbers and their names.
#include "parse/protocol.h"

#include <iterator>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "parse/extended_errors.h"
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

}  // namespace
}  // namespace rcodescope
