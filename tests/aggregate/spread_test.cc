// Keys that were made to collide, or that lie close together, cost no more than any others. Cost is
// the number of places in a table that are looked at: linear probing over the hashes, at the load
// that tables have at most.
#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "aggregate/key_counts.h"
#include "tests/aggregate/names.h"

namespace rcodescope {
namespace {

constexpr size_t kKeys = 4'096;
constexpr uint64_t kRandomSecret = 0x8d1f'3c57'a9e2'64b1;
constexpr size_t kBytes = 1 << 20;

using Hash = std::function<uint64_t(uint64_t)>;  // of the key with a number

uint64_t Probes(const std::vector<uint64_t>& keys, const Hash& hash) {
  std::vector<bool> taken(2 * kKeys);
  uint64_t probes = 0;
  for (const uint64_t key : keys) {
    __extension__ typedef unsigned __int128 Wide;
    auto slot = static_cast<size_t>(Wide{hash(key)} * taken.size() >> 64);
    for (++probes; taken[slot]; ++probes) slot = (slot + 1) % taken.size();
    taken[slot] = true;
  }
  return probes;
}

IpAddress Address(uint64_t high, uint64_t low) {
  IpAddress address;
  high = __builtin_bswap64(high);
  low = __builtin_bswap64(low);
  std::memcpy(address.bytes.data(), &high, sizeof(high));
  std::memcpy(address.bytes.data() + sizeof(high), &low, sizeof(low));
  return address;
}

// kKeys numbers whose hashes share their first bits: all fall into one part in 256 of a table.
std::vector<uint64_t> Colliding(const Hash& hash) {
  std::vector<uint64_t> keys;
  for (uint64_t key = 0; keys.size() < kKeys; ++key) {
    if (hash(key) >> 56 == 0) keys.push_back(key);
  }
  return keys;
}

std::vector<uint64_t> InARow() {
  std::vector<uint64_t> keys(kKeys);
  for (uint64_t i = 0; i < kKeys; ++i) keys[i] = i;
  return keys;
}

// What keys without any order cost.
uint64_t ProbesOfRandomHashes() {
  std::mt19937_64 random(1);
  return Probes(InARow(), [&](uint64_t) { return random(); });
}

void ExpectNoCostOfCollisions(const Hash& known, const Hash& secret) {
  const std::vector<uint64_t> keys = Colliding(known);
  const uint64_t usual = ProbesOfRandomHashes();
  EXPECT_GT(Probes(keys, known), 100 * usual);  // the attack is one
  EXPECT_LE(Probes(keys, secret), 2 * usual);
}

TEST(Spread, AddressesThatCollideUnderOneKeyDoNotUnderAnother) {
  const KeyCounts known(kBytes, false, 0);
  const KeyCounts secret(kBytes, false, kRandomSecret);
  const auto make = [](uint64_t key) { return Address(0x2001'0db8'0000'0000 + key / 7, key); };
  ExpectNoCostOfCollisions([&](uint64_t key) { return known.Locate(make(key)).hash; },
                           [&](uint64_t key) { return secret.Locate(make(key)).hash; });
}

TEST(Spread, Ipv4AddressesThatCollideUnderOneKeyDoNotUnderAnother) {
  const KeyCounts known(kBytes, false, 0);
  const KeyCounts secret(kBytes, false, kRandomSecret);
  const auto make = [](uint64_t key) { return Address(0, 0xffff'0000'0000 + key); };
  ExpectNoCostOfCollisions([&](uint64_t key) { return known.Locate(make(key)).hash; },
                           [&](uint64_t key) { return secret.Locate(make(key)).hash; });
}

TEST(Spread, NamesThatCollideUnderOneKeyDoNotUnderAnother) {
  const KeyCounts known(kBytes, true, 0);
  const KeyCounts secret(kBytes, true, kRandomSecret);
  const auto make = [](uint64_t key) { return OwnedName("n" + std::to_string(key) + ".test"); };
  ExpectNoCostOfCollisions([&](uint64_t key) { return known.Locate(make(key).ref()).hash; },
                           [&](uint64_t key) { return secret.Locate(make(key).ref()).hash; });
}

TEST(Spread, AddressesCloseTogetherCostNoMoreThanOthers) {
  struct Case {
    const char* what;
    IpAddress (*make)(uint64_t);
  };
  constexpr std::array kCases = {
      Case{"IPv4 in a row", [](uint64_t i) { return Address(0, 0xffff'c000'0200 + i); }},
      Case{"first addresses of IPv4 /24s",
           [](uint64_t i) { return Address(0, 0xffff'0a00'0001 + (i << 8)); }},
      Case{"IPv6 in a row", [](uint64_t i) { return Address(0x2001'0db8'0000'0001, i); }},
      Case{"all over one IPv6 /64",
           [](uint64_t i) { return Address(0x2001'0db8'0000'0001, i * 0x9e37'79b9'7f4a'7c15); }},
      Case{"first addresses of IPv6 /64s in a row",
           [](uint64_t i) { return Address(0x2001'0db8'0000'0000 + i, 1); }},
      Case{"one bit in the upper half of the host part",
           [](uint64_t i) { return Address(0x2001'0db8'0000'0001, i << 48); }},
      Case{"IPv6 /48s in a row",
           [](uint64_t i) { return Address(0x2001'0db8'0000'0000 + (i << 16), 0); }},
  };
  std::mt19937_64 random(2);
  const uint64_t usual = ProbesOfRandomHashes();
  for (const Case& one : kCases) {
    for (int round = 0; round < 200; ++round) {
      const uint64_t secret = random();
      const KeyCounts table(1, false, secret);
      const uint64_t probes =
          Probes(InARow(), [&](uint64_t i) { return table.Locate(one.make(i)).hash; });
      EXPECT_LE(probes, 2 * usual) << one.what << ", secret " << secret;
    }
  }
}

}  // namespace
}  // namespace rcodescope
