// Estimates of how many there are, against how many there are.
#include "aggregate/distinct_count.h"

#include <cmath>
#include <memory>
#include <random>

#include <gtest/gtest.h>

#include "aggregate/unique_keys.h"
#include "tests/aggregate/names.h"

namespace rcodescope {
namespace {

constexpr double kStandardError = 1.04 / 64;  // 1.04 / √4096, Flajolet et al. 2007

template <typename Count>
class DistinctCountOf : public testing::Test {};
using Sizes = testing::Types<RoughCount, FineCount>;
TYPED_TEST_SUITE(DistinctCountOf, Sizes);

TYPED_TEST(DistinctCountOf, FewIsNearlyExact) {
  std::mt19937_64 random(1);
  TypeParam count;
  EXPECT_EQ(count.Estimate(), 0);
  for (int n = 1; n <= 20; ++n) {
    count.Add(random());
    EXPECT_NEAR(count.Estimate(), n, 1.5);
  }
}

TYPED_TEST(DistinctCountOf, AnySizeIsWithinItsError) {
  const double error = 1.04 / std::sqrt(sizeof(TypeParam));
  std::mt19937_64 random(2);
  for (const int size : {100, 1'000, 10'000, 100'000}) {
    double squares = 0;
    constexpr int kRounds = 200;
    for (int round = 0; round < kRounds; ++round) {
      auto count = std::make_unique<TypeParam>();
      for (int i = 0; i < size; ++i) {
        const uint64_t hash = random();
        count->Add(hash);
        count->Add(hash);  // again: no other
      }
      const double off = count->Estimate() / size - 1;
      squares += off * off;
      EXPECT_LT(std::abs(off), 4.5 * error) << size;
    }
    EXPECT_LT(std::sqrt(squares / kRounds), 1.2 * error) << size;
  }
}

TYPED_TEST(DistinctCountOf, TwoMergedIsThatOfBoth) {
  std::mt19937_64 random(3);
  TypeParam one;
  TypeParam two;
  TypeParam both;
  for (int i = 0; i < 50'000; ++i) {
    const uint64_t hash = random();
    if (i % 3 != 0) one.Add(hash);
    if (i % 3 != 1) two.Add(hash);
    both.Add(hash);
  }
  one.Merge(two);
  EXPECT_EQ(one.Estimate(), both.Estimate());
}

TYPED_TEST(DistinctCountOf, AnythingIsFinite) {
  TypeParam count;
  // The longest runs.
  for (uint64_t index = 0; index < 4096; ++index) count.Add(index << 52);
  EXPECT_TRUE(std::isfinite(count.Estimate()));
  EXPECT_GT(count.Estimate(), 1'000'000);
}

// Addresses in a row and in one network, and names, as a worker's table holds them: the secret of
// the table must not be seen in the estimate.
TEST(UniqueKeys, OfSequencesAreWithinTheErrorAndDoNotDependOnTheSecret) {
  constexpr uint32_t kClients = 20'000;
  constexpr UniqueCounts kMany = {kClients * 2, kClients * 2, kClients * 2, kClients * 2};
  UniqueCounts first{};
  for (const uint64_t secret : {uint64_t{1}, ~uint64_t{5}}) {
    KeyCounts table(4 << 20, false, secret);
    for (uint32_t i = 0; i < kClients; ++i) {
      const uint32_t swapped = __builtin_bswap32(0xc000'0000 + i);
      std::array<std::byte, 4> four;
      std::memcpy(four.data(), &swapped, four.size());
      const LocatedKey key = table.Locate(IpAddress::FromIpv4(four.data()));
      table.Add(key, {}, Rcode{});
      if (i % 4 == 0) table.Add(key, {}, Rcode{RcodeSpace::kDns, kRcodeServFail});
    }
    const auto unique = std::make_unique<UniqueKeys>();
    unique->Add(table, Dimension::kClient);
    unique->Add(table, Dimension::kClient);  // handed over again: no others
    const UniqueCounts counts = unique->Estimates(Dimension::kClient, kMany);
    EXPECT_NEAR(static_cast<double>(counts[0]), kClients, kClients * 4 * kStandardError);
    EXPECT_NEAR(static_cast<double>(counts[1]), kClients / 4.0, kClients * kStandardError);
    EXPECT_EQ(counts[2], 0U);
    if (first[0] == 0) first = counts;
    EXPECT_EQ(counts, first);
    const UniqueCounts few = unique->Estimates(Dimension::kClient, {9, 1, 0, 0});
    EXPECT_EQ(few, (UniqueCounts{9, 1, 0, 0}));  // no more than there were responses
  }
}

}  // namespace
}  // namespace rcodescope
