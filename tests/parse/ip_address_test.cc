// Addresses as text, beside the C library's.
#include "parse/ip_address.h"

#include <random>

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace rcodescope {
namespace {

IpAddress Parsed(const char* text) {
  IpAddress address{};
  EXPECT_EQ(inet_pton(AF_INET6, text, address.bytes.data()), 1) << text;
  return address;
}

std::string TextOfLibrary(const IpAddress& address) {
  const bool v4 = address.family() == Family::kIpv4;
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(v4 ? AF_INET : AF_INET6, address.bytes.data() + (v4 ? 12 : 0), text,
                   sizeof(text));
}

// RFC 5952 §4 and §5.
TEST(IpAddress, IsWrittenAsItShouldBe) {
  for (const char* text :
       {"::", "::1", "2001:db8::", "2001:db8::1", "2001:db8::2:1", "2001:db8:0:1:1:1:1:1",
        "2001:0:0:1::1", "2001:db8::1:0:0:1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6::", "::3:4:5:6:7:8",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::192.0.2.1", "64:ff9b::c000:201"}) {
    EXPECT_EQ(Parsed(text).ToString(), text);
  }
  const IpAddress v4 = Parsed("::ffff:255.0.10.100");
  EXPECT_EQ(v4.ToString(), "255.0.10.100");
  EXPECT_EQ(v4.family(), Family::kIpv4);
  EXPECT_EQ(Parsed("2001:db8::1").family(), Family::kIpv6);
}

TEST(IpAddress, IsWrittenAsTheLibraryWritesIt) {
  std::mt19937 random(1);
  for (int i = 0; i < 200'000; ++i) {
    IpAddress address{};
    const auto zeros = static_cast<uint32_t>(random());
    for (size_t byte = 0; byte < 16; ++byte) {
      const bool zero = (zeros >> (byte / 2) & 1) != 0 || (zeros >> (8 + byte) & 1) != 0;
      address.bytes[byte] = static_cast<uint8_t>(zero ? 0 : random());
    }
    if (i % 16 == 0) address.bytes[10] = address.bytes[11] = 0xff;
    ASSERT_EQ(address.ToString(), TextOfLibrary(address));
  }
}

TEST(IpAddress, PrefixKeepsTheBitsOfItsFamily) {
  const IpAddress v4 = Parsed("::ffff:255.255.255.255");
  const IpAddress v6 = Parsed("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
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
