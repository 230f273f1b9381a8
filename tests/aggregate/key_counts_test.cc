// Responses by key and code against a map that counts the same.
#include "aggregate/key_counts.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <ostream>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/aggregate/names.h"

namespace rcodescope {
namespace {

constexpr uint64_t kSecret = 0x5ec2e7;
constexpr size_t kBytes = 16 << 20;
constexpr uint64_t kCounterEnd = uint64_t{1} << 32;  // of the counters in a key's own bytes

using Counts = std::map<Rcode, uint64_t>;

struct Contents {
  std::map<std::string, Counts> keys;
  Counts unkeyed;
  bool operator==(const Contents&) const = default;

  // For messages: the first few lines.
  friend void PrintTo(const Contents& contents, std::ostream* out) {
    int lines = 0;
    const auto print = [&](const std::string& key, const Counts& counts) {
      for (const auto& [rcode, count] : counts) {
        if (++lines <= 10) *out << "\n  " << key << " " << RcodeName(rcode) << " " << count;
      }
    };
    print("(none)", contents.unkeyed);
    for (const auto& [key, counts] : contents.keys) print(key, counts);
  }
};

IpAddress Address(uint64_t number) {
  IpAddress address{};
  std::memcpy(address.bytes.data(), &number, sizeof(number));
  return address;
}

Contents Read(const KeyCounts& table, bool names) {
  Contents contents;
  table.ForEach([&](size_t number, Rcode rcode, uint64_t count) {
    const std::string key =
        names ? PresentationForm(table.NameOf(number)) : table.AddressOf(number).ToString();
    contents.keys[key][rcode] += count;
  });
  table.ForEachUnkeyed([&](Rcode rcode, uint64_t count) { contents.unkeyed[rcode] += count; });
  return contents;
}

// Mostly the codes with counters of their own, some others, of all spaces.
Rcode DrawRcode(std::mt19937_64& random) {
  static constexpr std::array<uint16_t, 6> kCommon = {0, 0, 0, 3, 2, 5};
  const auto draw = random();
  if (draw % 8 != 0) return {RcodeSpace::kDns, kCommon[draw / 8 % kCommon.size()]};
  const auto space = static_cast<RcodeSpace>(draw / 8 % 3);
  const uint64_t codes = space == RcodeSpace::kDns ? 30 : 5;
  return {space,
          static_cast<uint16_t>(draw / 64 % codes + (space == RcodeSpace::kDns ? 0 : 65'531))};
}

// Whatever their number, a power of two or one more: what does not fit is counted without a key.
TEST(KeyCounts, EveryTableFillsToItsLastPlace) {
  size_t smallest = SIZE_MAX;
  size_t largest = 0;
  for (size_t bytes = 57'200; bytes <= 60'000; bytes += 56) {
    KeyCounts table(bytes, false, kSecret);
    for (uint64_t i = 1; i <= 1200; ++i) table.Add(table.Locate(Address(i)), {}, Rcode{});
    const Contents contents = Read(table, false);
    ASSERT_EQ(contents.keys.size(), table.capacity());
    for (const auto& [key, counts] : contents.keys)
      ASSERT_EQ(counts, (Counts{{Rcode{}, 1}})) << key;
    ASSERT_EQ(contents.unkeyed, (Counts{{Rcode{}, 1200 - table.capacity()}}));
    smallest = std::min(smallest, table.capacity());
    largest = std::max(largest, table.capacity());
  }
  EXPECT_LT(smallest, 1024U);
  EXPECT_GT(largest, 1024U);
}

TEST(KeyCounts, AddressesAgainstAMap) {
  std::mt19937_64 random(1);
  KeyCounts table(kBytes, false, kSecret);
  Contents expected;
  for (int i = 0; i < 200'000; ++i) {
    const IpAddress address = Address(random() % 3000 * 0x0101'0101'0101);
    const Rcode rcode = DrawRcode(random);
    table.Add(table.Locate(address), {}, rcode);
    ++expected.keys[address.ToString()][rcode];
  }
  EXPECT_EQ(Read(table, false), expected);
  EXPECT_EQ(table.size(), expected.keys.size());
  EXPECT_EQ(table.overflow(), 0U);
}

TEST(KeyCounts, NamesOfAnyBytesAgainstAMap) {
  std::mt19937_64 random(2);
  std::vector<OwnedName> names = {OwnedName(".")};
  for (int i = 0; i < 500; ++i) {
    std::vector<std::string> labels(1 + random() % 4);
    for (std::string& label : labels) {
      label.resize(1 + random() % 12);
      for (char& c : label) c = static_cast<char>(random());
    }
    names.push_back(OwnedName::FromLabels(labels));
  }
  KeyCounts table(kBytes, true, kSecret);
  Contents expected;
  for (int i = 0; i < 100'000; ++i) {
    const OwnedName& name = names[random() % names.size()];
    const Rcode rcode = DrawRcode(random);
    table.Add(table.Locate(name.ref()), name.ref(), rcode);
    ++expected.keys[name.text()][rcode];
  }
  EXPECT_EQ(Read(table, true), expected);
}

TEST(KeyCounts, MergesAgainstAMap) {
  std::mt19937_64 random(3);
  KeyCounts total(kBytes, false, kSecret);
  KeyCounts delta(kBytes / 2, false, kSecret);
  Contents expected;
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 2000; ++i) {
      const IpAddress address = Address(random() % 2500);
      const Rcode rcode = DrawRcode(random);
      if (random() % 50 == 0) {
        delta.AddUnkeyed(rcode, 3);
        expected.unkeyed[rcode] += 3;
      } else {
        delta.Add(delta.Locate(address), {}, rcode);
        ++expected.keys[address.ToString()][rcode];
      }
    }
    ASSERT_EQ(delta.overflow(), 0U);
    total.MergeFrom(delta);
    delta.Clear();
    EXPECT_EQ(Read(delta, false), Contents{});
    EXPECT_EQ(delta.size(), 0U);
  }
  EXPECT_EQ(Read(total, false), expected);
}

TEST(KeyCounts, MembersAreToldApartByKeyThroughMergesAndForgetting) {
  const auto make = [] { return KeyCounts(kBytes / 16, false, kSecret, 100, true); };
  const auto mark = [](KeyCounts& table, uint64_t number, uint64_t bit) {
    table.Mark(table.Add(table.Locate(Address(number)), {}, Rcode{}), bit);
  };
  const auto members = [](const KeyCounts& table, uint64_t number) {
    return table.MembersOf(table.NumberOf(table.Locate(Address(number)).key));
  };
  KeyCounts total = make();
  KeyCounts delta = make();
  mark(total, 1, 1 << 0);
  mark(total, 2, 1 << 1);
  mark(delta, 2, 1 << 2);
  mark(delta, 3, 1 << 3);
  mark(delta, 3, 1 << 4);
  total.MergeFrom(delta);
  EXPECT_EQ(members(total, 1), 0b1U);
  EXPECT_EQ(members(total, 2), 0b110U);
  EXPECT_EQ(members(total, 3), 0b11000U);
  total.Retain([](size_t number) { return number != 0; });
  EXPECT_EQ(members(total, 2), 0b110U);
  EXPECT_EQ(members(total, 3), 0b11000U);
  total.Clear();
  mark(total, 4, 1 << 5);
  EXPECT_EQ(members(total, 4), 0b100000U);
}

TEST(KeyCounts, MergesOfNamesIntoATableOfAnotherSize) {
  KeyCounts small(kBytes / 16, true, kSecret);
  KeyCounts large(kBytes, true, kSecret);
  Contents expected;
  for (int i = 0; i < 600; ++i) {
    const OwnedName name("host" + std::to_string(i) + ".example.com");
    for (int times = 0; times < 2; ++times)
      small.Add(small.Locate(name.ref()), name.ref(), Rcode{});
    expected.keys[name.text()][{}] += 4;
  }
  large.MergeFrom(small);
  large.MergeFrom(small);
  EXPECT_EQ(Read(large, true), expected);
}

// Doubles the counts of `table` that many times: merging is how counts grow beyond what one could
// add one by one.
std::unique_ptr<KeyCounts> Doubled(std::unique_ptr<KeyCounts> table, int times) {
  for (; times > 0; --times) {
    auto twice = std::make_unique<KeyCounts>(1, false, kSecret);
    twice->MergeFrom(*table);
    twice->MergeFrom(*table);
    table = std::move(twice);
  }
  return table;
}

TEST(KeyCounts, CountersBeyond32Bits) {
  const IpAddress address = Address(7);
  const std::vector<Rcode> rcodes = {{RcodeSpace::kDns, kRcodeNoError},
                                     {RcodeSpace::kDns, kRcodeRefused},
                                     {RcodeSpace::kTsig, 16}};
  const auto add = [&](KeyCounts& table) {
    for (const Rcode rcode : rcodes) table.Add(table.Locate(address), {}, rcode);
  };
  for (const int doublings : {31, 32, 35}) {
    auto table = std::make_unique<KeyCounts>(1, false, kSecret);
    add(*table);
    table = Doubled(std::move(table), doublings);
    uint64_t expected = uint64_t{1} << doublings;
    for (int i = 0; i < 5; ++i, ++expected) add(*table);
    for (int lap = 0; lap < 2; ++lap) {
      Contents contents;
      for (const Rcode rcode : rcodes) contents.keys[address.ToString()][rcode] = expected;
      EXPECT_EQ(Read(*table, false), contents) << doublings;
      EXPECT_EQ(table->overflow(), 0U);
      table = Doubled(std::move(table), 1);
      expected *= 2;
    }
  }
}

TEST(KeyCounts, TheLastCountOf32BitsAndTheNext) {
  const Rcode rcode{RcodeSpace::kDns, kRcodeNxDomain};
  KeyCounts table(1, false, kSecret);
  const LocatedKey key = table.Locate(Address(7));
  // 2^32 - 1 as the sum of its powers of two.
  for (int bit = 0; bit < 32; ++bit) {
    auto one = std::make_unique<KeyCounts>(1, false, kSecret);
    one->Add(key, {}, rcode);
    table.MergeFrom(*Doubled(std::move(one), bit));
  }
  for (uint64_t expected = kCounterEnd - 1; expected < kCounterEnd + 3; ++expected) {
    Contents contents;
    contents.keys[Address(7).ToString()][rcode] = expected;
    EXPECT_EQ(Read(table, false), contents) << expected;
    table.Add(key, {}, rcode);
  }
}

TEST(KeyCounts, OverflowIsCountedByCodeAndKeysAreKept) {
  std::mt19937_64 random(4);
  KeyCounts table(1, false, kSecret);  // the smallest there is
  Contents expected;
  uint64_t overflow = 0;
  std::map<uint64_t, bool> tracked;
  for (int i = 0; i < 50'000; ++i) {
    const uint64_t number = random() % (2 * table.capacity());
    const Rcode rcode{RcodeSpace::kDns, static_cast<uint16_t>(random() % 2 * 3)};
    // A key has a place when there was one as it first came.
    const auto [place, is_new] = tracked.emplace(number, expected.keys.size() < table.capacity());
    table.Add(table.Locate(Address(number)), {}, rcode);
    if (place->second) {
      ++expected.keys[Address(number).ToString()][rcode];
    } else {
      ++expected.unkeyed[rcode];
      ++overflow;
    }
  }
  EXPECT_EQ(Read(table, false), expected);
  EXPECT_EQ(table.size(), table.capacity());
  EXPECT_EQ(table.overflow(), overflow);
  EXPECT_GT(overflow, 0U);

  KeyCounts total(1, false, kSecret);
  total.MergeFrom(table);
  total.MergeFrom(table);
  EXPECT_EQ(total.overflow(), 2 * overflow);
  EXPECT_EQ(total.size(), total.capacity());
}

TEST(KeyCounts, NothingIsLostWhenEverythingOverflows) {
  std::mt19937_64 random(5);
  KeyCounts table(1, true, kSecret);
  Counts expected;
  for (int i = 0; i < 30'000; ++i) {
    const OwnedName name("n" + std::to_string(random() % 5000) + std::string(50, 'x') + ".test");
    const Rcode rcode{RcodeSpace::kTkey, static_cast<uint16_t>(random())};
    table.Add(table.Locate(name.ref()), name.ref(), rcode);
    ++expected[rcode];
  }
  Counts found;
  const Contents contents = Read(table, true);
  for (const auto& [key, counts] : contents.keys) {
    for (const auto& [rcode, count] : counts) found[rcode] += count;
  }
  for (const auto& [rcode, count] : contents.unkeyed) found[rcode] += count;
  EXPECT_EQ(found, expected);
}

TEST(KeyCounts, RoomThatIsPromisedIsThere) {
  std::mt19937_64 random(6);
  KeyCounts table(1, true, kSecret);
  size_t added = 0;
  while (table.HasRoom(1)) {
    const OwnedName name("n" + std::to_string(added) + "." + std::string(random() % 60 + 1, 'y'));
    table.Add(table.Locate(name.ref()), name.ref(), Rcode{RcodeSpace::kTsig, 16});
    ++added;
    ASSERT_EQ(table.overflow(), 0U) << added;
  }
  EXPECT_EQ(table.size(), added);
}

TEST(KeyCounts, TheSmallestTableTakesWhatItSays) {
  for (const bool names : {false, true}) {
    const KeyCounts table(1, names, kSecret);
    EXPECT_EQ(table.capacity() * KeyCounts::KeyBytes(names), KeyCounts::SmallestBytes(names));
  }
}

// Names of 62 octets, which take 64 bytes with their two, fill the table's room to its end; no
// others may take more of it.
TEST(KeyCounts, NamesStayWithinTheirRoom) {
  const auto filled = [](size_t first, size_t each) {
    KeyCounts table(1, true, kSecret);
    for (size_t i = 0; table.overflow() == 0; ++i) {
      const std::string number = std::to_string(1000 + i) + ".";
      const size_t octets = i == 0 ? first : each;
      const OwnedName name(number + std::string(octets - 2 - number.size(), 'x'));
      EXPECT_EQ(name.ref().size, octets);
      table.Add(table.Locate(name.ref()), name.ref(), Rcode{});
    }
    return table.name_bytes();
  };
  const size_t room = filled(62, 62);
  for (size_t first = 30; first <= 70; ++first) EXPECT_LE(filled(first, 62), room) << first;
}

TEST(KeyCounts, ForgettingTellsHowManyResponsesHaveNoKeyAnyMore) {
  KeyCounts table(1, false, kSecret);
  const Rcode hot{RcodeSpace::kDns, kRcodeServFail};
  const Rcode rare{RcodeSpace::kTsig, 16};
  for (int i = 0; i < 3; ++i) table.Add(table.Locate(Address(1)), {}, hot);
  for (int i = 0; i < 2; ++i) table.Add(table.Locate(Address(1)), {}, rare);
  table.Add(table.Locate(Address(2)), {}, rare);
  EXPECT_EQ(table.Retain([](size_t) { return true; }), 0U);
  EXPECT_EQ(table.Retain([](size_t number) { return number == 1; }), 5U);
  const Contents left{.keys = {{Address(2).ToString(), {{rare, 1}}}},
                      .unkeyed = {{hot, 3}, {rare, 2}}};
  EXPECT_EQ(Read(table, false), left);
}

TEST(KeyCounts, TheSecretChangesNothingThatIsSeen) {
  Contents first;
  for (const uint64_t secret : {uint64_t{0}, uint64_t{1}, ~uint64_t{0}}) {
    std::mt19937_64 random(7);
    KeyCounts table(kBytes, false, secret);
    for (int i = 0; i < 20'000; ++i) {
      table.Add(table.Locate(Address(random() % 500)), {}, DrawRcode(random));
    }
    // The all-zero address, too, is a key like others.
    table.Add(table.Locate(IpAddress{}), {}, Rcode{});
    const Contents contents = Read(table, false);
    if (first == Contents{}) first = contents;
    EXPECT_EQ(contents, first);
  }
}

}  // namespace
}  // namespace rcodescope
