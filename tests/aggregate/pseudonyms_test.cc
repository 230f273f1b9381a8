// Crypto-PAn against the sample that its authors published with their program, and against what it
// promises.
#include "aggregate/pseudonyms.h"

#include <bit>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace rcodescope {
namespace {

// The key of the authors' sample.c.
constexpr std::array<uint8_t, Pseudonyms::kKeyBytes> kSampleKey = {
    21,  34,  23,  141, 51,  164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16,
    216, 152, 143, 131, 121, 121, 101, 39,  98, 87, 76, 45, 42, 132, 34,  2};

IpAddress Parse(const std::string& text) {
  std::array<std::byte, 16> bytes;
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
    return IpAddress::FromIpv4(bytes.data());
  }
  EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), bytes.data()), 1) << text;
  return IpAddress::FromIpv6(bytes.data());
}

TEST(Pseudonyms, OfTheSampleAreThoseOfTheSample) {
  // From sample_trace_raw.dat and sample_trace_sanitized.dat.
  const std::vector<std::pair<std::string, std::string>> sample = {
      {"128.11.68.132", "135.242.180.132"},   {"129.118.74.4", "134.136.186.123"},
      {"130.132.252.244", "133.68.164.234"},  {"141.223.7.43", "141.167.8.160"},
      {"141.233.145.108", "141.129.237.235"}, {"152.163.225.39", "151.140.114.167"},
      {"156.29.3.236", "147.225.12.42"},      {"165.247.96.84", "162.9.99.234"},
      {"166.107.77.190", "160.132.178.185"},  {"192.102.249.13", "252.138.62.131"},
      {"192.215.32.125", "252.43.47.189"},    {"192.233.80.103", "252.25.108.8"},
      {"192.41.57.43", "252.222.221.184"},    {"193.150.244.223", "253.169.52.216"},
      {"195.205.63.100", "255.186.223.5"},    {"198.200.171.101", "249.199.68.213"},
      {"24.0.250.221", "100.15.198.226"},     {"38.15.67.68", "64.3.66.187"},
      {"4.3.88.225", "124.60.155.63"},        {"63.14.55.111", "95.9.215.7"},
      {"64.14.118.196", "0.255.183.58"},      {"10.185.25.118", "117.161.29.118"}};
  const auto pseudonyms = Pseudonyms::Make(kSampleKey);
  ASSERT_NE(pseudonyms, nullptr);
  for (const auto& [address, pseudonym] : sample) {
    EXPECT_EQ(pseudonyms->Of(Parse(address)).ToString(), pseudonym) << address;
  }
}

TEST(Pseudonyms, OfIpv6AreThoseOfOtherPrograms) {
  // What the implementations of others in Go, Rust and JavaScript agree on.
  const std::vector<std::pair<std::string, std::string>> known = {
      {"::1", "78ff:f001:9fc0:20df:8380:b1f1:704:ed"},
      {"::2", "78ff:f001:9fc0:20df:8380:b1f1:704:ef"},
      {"2001:db8::1", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e"},
      {"2001:db8::2", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1c"}};
  const auto pseudonyms = Pseudonyms::Make(kSampleKey);
  for (const auto& [address, pseudonym] : known) {
    EXPECT_EQ(pseudonyms->Of(Parse(address)).ToString(), pseudonym) << address;
  }
}

// The length of the prefix that two addresses share, in bits of 16 bytes.
size_t Shared(const IpAddress& a, const IpAddress& b) {
  for (size_t i = 0; i < a.bytes.size(); ++i) {
    const auto differ = static_cast<uint8_t>(a.bytes[i] ^ b.bytes[i]);
    if (differ != 0) return i * 8 + static_cast<size_t>(std::countl_zero(differ));
  }
  return 8 * a.bytes.size();
}

TEST(Pseudonyms, SharePrefixesAsLongAsTheirAddresses) {
  std::mt19937_64 random(1);
  const auto pseudonyms = Pseudonyms::Make(kSampleKey);
  for (int round = 0; round < 2'000; ++round) {
    for (const Family family : {Family::kIpv4, Family::kIpv6}) {
      std::array<std::byte, 16> bytes;
      for (std::byte& byte : bytes) byte = std::byte(random());
      const IpAddress one = IpAddress::From(family, bytes.data());
      const size_t bits = family == Family::kIpv4 ? 32 : 128;
      const size_t flipped = random() % bits;
      bytes[flipped / 8] ^= std::byte(0x80 >> flipped % 8);
      const IpAddress other = IpAddress::From(family, bytes.data());
      const IpAddress of_one = pseudonyms->Of(one);
      EXPECT_EQ(of_one.family(), family);
      EXPECT_EQ(Shared(of_one, pseudonyms->Of(other)), Shared(one, other));
    }
  }
}

TEST(Pseudonyms, DependOnEveryByteOfTheKey) {
  const IpAddress address = Parse("192.0.2.1");
  const std::string usual = Pseudonyms::Make(kSampleKey)->Of(address).ToString();
  for (size_t i = 0; i < kSampleKey.size(); ++i) {
    auto key = kSampleKey;
    ++key[i];
    EXPECT_NE(Pseudonyms::Make(key)->Of(address).ToString(), usual) << i;
  }
}

}  // namespace
}  // namespace rcodescope
