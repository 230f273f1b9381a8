// A table that is too small for its keys, against a map that is not: sums are exact, who has much
// stays, and no count is too small by more than the table says.
#include "aggregate/tracked_keys.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/aggregate/names.h"

namespace rcodescope {
namespace {

constexpr uint64_t kSecret = 0x5ec2e7;
constexpr size_t kDeltaBytes = 256 << 10;
constexpr Rcode kNoError{RcodeSpace::kDns, 0};
constexpr Rcode kServFail{RcodeSpace::kDns, 2};
constexpr Rcode kNxDomain{RcodeSpace::kDns, 3};
constexpr Rcode kNotImp{RcodeSpace::kDns, 4};
constexpr Rcode kBadSig{RcodeSpace::kTsig, 16};

using Counts = std::map<Rcode, uint64_t>;

IpAddress Address(uint64_t number) {
  IpAddress address{};
  std::memcpy(address.bytes.data(), &number, sizeof(number));
  return address;
}

// Of 1 to `largest`, small ones often: each range from a power of two to the next as often as any.
uint64_t DrawRank(std::mt19937_64& random, double largest) {
  return static_cast<uint64_t>(std::pow(largest, std::uniform_real_distribution<>(0, 1)(random)));
}

uint64_t Sum(const Counts& counts) {
  uint64_t sum = 0;
  for (const auto& [rcode, count] : counts) sum += count;
  return sum;
}

// A worker's table and the one of all time behind it, and what went in.
class Stream {
 public:
  Stream(size_t bytes, bool names, uint64_t secret = kSecret)
      : names_(names), delta_(kDeltaBytes, names, secret), tracked_(bytes, names, secret) {}

  void Add(uint64_t client, Rcode rcode) {
    Count(Address(client).ToString(), delta_.Locate(Address(client)), {}, rcode);
  }
  void Add(const OwnedName& zone, Rcode rcode) {
    Count(zone.text(), delta_.Locate(zone.ref()), zone.ref(), rcode);
  }
  void HandOver() {
    tracked_.MergeFrom(delta_);
    delta_.Clear();
  }
  void Hold(const std::vector<uint64_t>& clients) {
    std::vector<CountKey> keys;
    for (const uint64_t client : clients) keys.push_back(delta_.Locate(Address(client)).key);
    tracked_.Hold(keys);
  }

  const TrackedKeys& tracked() const { return tracked_; }
  const std::map<std::string, Counts>& truth() const { return truth_; }

  std::map<std::string, Counts> Found() const {
    std::map<std::string, Counts> found;
    const KeyCounts& counts = tracked_.counts();
    counts.ForEach([&](size_t number, Rcode rcode, uint64_t count) {
      const std::string key =
          names_ ? PresentationForm(counts.NameOf(number)) : counts.AddressOf(number).ToString();
      found[key][rcode] += count;
    });
    return found;
  }

  void ExpectSumsAndBounds() {
    HandOver();
    const std::map<std::string, Counts> found = Found();
    Counts sums;
    for (const auto& [key, counts] : found) {
      for (const auto& [rcode, count] : counts) sums[rcode] += count;
    }
    tracked_.counts().ForEachUnkeyed([&](Rcode rcode, uint64_t count) { sums[rcode] += count; });
    EXPECT_EQ(sums, totals_);
    EXPECT_EQ(found.size(), tracked_.counts().size());
    for (const auto& [key, counts] : truth_) {
      const auto place = found.find(key);
      const uint64_t responses = place == found.end() ? 0 : Sum(place->second);
      ASSERT_LE(responses, Sum(counts)) << key;
      ASSERT_LE(Sum(counts) - responses, tracked_.error_bound()) << key;
    }
  }

 private:
  void Count(const std::string& text, const LocatedKey& key, NameRef name, Rcode rcode) {
    if (!delta_.HasRoom(1)) HandOver();
    delta_.Add(key, name, rcode);
    ++truth_[text][rcode];
    ++totals_[rcode];
  }

  bool names_;
  KeyCounts delta_;
  TrackedKeys tracked_;
  std::map<std::string, Counts> truth_;
  Counts totals_;
};

TEST(TrackedKeys, WhileThereIsRoomAllIsExact) {
  std::mt19937_64 random(1);
  Stream stream(1 << 20, false);
  for (int i = 0; i < 100'000; ++i) {
    stream.Add(random() % 5000, random() % 3 == 0 ? kServFail : kNoError);
  }
  stream.ExpectSumsAndBounds();
  EXPECT_EQ(stream.tracked().error_bound(), 0U);
  EXPECT_EQ(stream.tracked().evicted(), 0U);
  EXPECT_EQ(stream.tracked().overflow(), 0U);
  EXPECT_EQ(stream.Found(), stream.truth());
}

TEST(TrackedKeys, AFloodOfKeysThatComeOnceCostsAboutOneForEachTableful) {
  Stream stream(256 << 10, false);
  const uint64_t capacity = stream.tracked().counts().capacity();
  const uint64_t flood = 20 * capacity;
  for (uint64_t i = 0; i < flood; ++i) {
    stream.Add(1'000'000 + i, kNoError);
    // Thirty that come again and again, every 200th response each.
    if (i % 200 < 30) stream.Add(i % 200, kNoError);
  }
  stream.ExpectSumsAndBounds();
  EXPECT_LE(stream.tracked().error_bound(), 2 * flood / capacity);
  EXPECT_GE(stream.tracked().counts().size(), capacity * 2 / 5);
  EXPECT_EQ(stream.tracked().counts().capacity(), capacity);
  const auto found = stream.Found();
  for (uint64_t client = 0; client < 30; ++client) {
    const std::string key = Address(client).ToString();
    ASSERT_TRUE(found.contains(key)) << client;
    EXPECT_EQ(found.at(key), stream.truth().at(key));  // they were there from the first time on
  }
  EXPECT_EQ(stream.tracked().evicted(), flood + 30 - stream.tracked().counts().size());
}

TEST(TrackedKeys, OfAZipfStreamTheFirstAreExact) {
  constexpr double kIds = 10'000'000;
  constexpr int kResponses = 400'000;
  std::mt19937_64 random(3);
  Stream stream(1 << 20, false);
  for (int i = 0; i < kResponses; ++i) {
    const uint64_t rank = DrawRank(random, kIds);  // zipf(1)
    stream.Add(rank, rank % 7 == 0 ? kNxDomain : kNoError);
  }
  stream.ExpectSumsAndBounds();
  EXPECT_GT(stream.tracked().evicted(), 0U);
  std::vector<std::pair<uint64_t, std::string>> order;
  for (const auto& [key, counts] : stream.truth()) order.emplace_back(Sum(counts), key);
  std::sort(order.rbegin(), order.rend());
  const auto found = stream.Found();
  for (size_t i = 0; i < 300; ++i) {
    const auto& [responses, key] = order[i];
    ASSERT_TRUE(found.contains(key)) << i;
    EXPECT_GE(static_cast<double>(Sum(found.at(key))), 0.99 * static_cast<double>(responses)) << i;
  }
}

// Each of them fails less often than a random name comes back by chance, but fails.
TEST(TrackedKeys, ZonesThatFailStayInAFloodOfRandomNames) {
  std::mt19937_64 random(4);
  Stream stream(1 << 20, true);
  const uint64_t capacity = stream.tracked().counts().capacity();
  for (uint64_t i = 0; i < 30 * capacity; ++i) {
    stream.Add(OwnedName("r" + std::to_string(random() % (1 << 24)) + ".test"), kNxDomain);
    const uint64_t zone = i % (capacity / 2);
    if (zone < 20) stream.Add(OwnedName("failing" + std::to_string(zone) + ".test"), kServFail);
  }
  stream.ExpectSumsAndBounds();
  const auto found = stream.Found();
  for (int zone = 0; zone < 20; ++zone) {
    const std::string key = "failing" + std::to_string(zone) + ".test.";
    ASSERT_TRUE(found.contains(key)) << key;
    EXPECT_EQ(found.at(key), stream.truth().at(key));
  }
}

TEST(TrackedKeys, NamesOfAnyLengthAndRareCodesAreNeitherLostNorSwapped) {
  std::mt19937_64 random(5);
  Stream stream(128 << 10, true);
  constexpr std::array kCommon = {kNoError, kServFail, kNxDomain};
  constexpr std::array kRare = {kNotImp, kBadSig};
  for (int i = 0; i < 60'000; ++i) {
    const uint64_t number = DrawRank(random, 20'000);
    const OwnedName name("n" + std::to_string(number) + "." + std::string(number % 60 + 1, 'x'));
    const bool rare = number % 16 == 0;  // there is room for one in four keys
    stream.Add(name, rare ? kRare[random() % 2] : kCommon[random() % 3]);
  }
  EXPECT_GT(stream.tracked().evicted(), 0U);
  stream.ExpectSumsAndBounds();
}

TEST(TrackedKeys, HeldKeysStayWhateverComes) {
  Stream stream(1, false);  // the smallest there is
  const uint64_t capacity = stream.tracked().counts().capacity();
  std::vector<uint64_t> held;
  for (uint64_t i = 0; i < capacity / 2; ++i) held.push_back(i);
  for (const uint64_t client : held) stream.Add(client, kNoError);
  stream.HandOver();
  stream.Hold(held);
  for (uint64_t i = 0; i < 20 * capacity; ++i) stream.Add(1'000'000 + i, kServFail);
  stream.ExpectSumsAndBounds();
  auto found = stream.Found();
  for (const uint64_t client : held) EXPECT_TRUE(found.contains(Address(client).ToString()));

  stream.Hold({});
  for (uint64_t i = 0; i < 20 * capacity; ++i) stream.Add(2'000'000 + i, kServFail);
  stream.ExpectSumsAndBounds();
  found = stream.Found();
  for (const uint64_t client : held) EXPECT_FALSE(found.contains(Address(client).ToString()));
}

TEST(TrackedKeys, WhoStaysDoesNotDependOnTheSecret) {
  std::map<std::string, Counts> first;
  for (const uint64_t secret : {uint64_t{0}, uint64_t{1}, ~uint64_t{0}}) {
    std::mt19937_64 random(6);
    Stream stream(1, false, secret);
    for (int i = 0; i < 100'000; ++i) {
      stream.Add(DrawRank(random, 30'000), random() % 20 == 0 ? kServFail : kNoError);
    }
    stream.ExpectSumsAndBounds();
    EXPECT_GT(stream.tracked().evicted(), 0U);
    if (first.empty()) first = stream.Found();
    EXPECT_EQ(stream.Found(), first);
  }
}

}  // namespace
}  // namespace rcodescope
