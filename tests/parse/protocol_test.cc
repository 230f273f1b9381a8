// Numbers and their names, and addresses as text.
#include "parse/protocol.h"

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

TEST(TypeName, AreIanasOrRfc3597s) {
  EXPECT_EQ(TypeName(1), "A");
  EXPECT_EQ(TypeName(28), "AAAA");
  EXPECT_EQ(TypeName(65), "HTTPS");
  EXPECT_EQ(TypeName(255), "ANY");
  EXPECT_EQ(TypeName(65'280), "TYPE65280");
  EXPECT_TRUE(IsNamedType(12));
  EXPECT_FALSE(IsNamedType(0));
}

TEST(EdeName, AreThoseOfRfc8914) {  // §4.1 … §4.25
  EXPECT_EQ(EdeName(0), "Other");
  EXPECT_EQ(EdeName(3), "Stale Answer");
  EXPECT_EQ(EdeName(6), "DNSSEC Bogus");
  EXPECT_EQ(EdeName(18), "Prohibited");
  EXPECT_EQ(EdeName(22), "No Reachable Authority");
  EXPECT_EQ(EdeName(24), "Invalid Data");
  EXPECT_EQ(EdeName(49'152), "") << "private use";
  for (uint16_t code = 0; code <= 24; ++code) EXPECT_NE(EdeName(code), "") << code;
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
}

}  // namespace
}  // namespace rcodescope
