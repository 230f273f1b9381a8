// Numbers under hashes, against std::map.
#include "aggregate/number_index.h"

#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace rcodescope {
namespace {

constexpr size_t kSlots = 256;

// Counts keys as WindowKeys does, with a hash of its own.
class Keys {
 public:
  explicit Keys(uint64_t (*hash)(uint64_t)) : hash_(hash) {}

  uint16_t NumberOf(uint64_t key) const { return Find(key).number; }
  void Add(uint64_t key) {
    const auto place = Find(key);
    if (place.number != NumberIndex::kNone) return;
    index_.Put(place.slot, hash_(key), static_cast<uint16_t>(keys_.size()));
    keys_.push_back(key);
  }
  void Clear() {
    index_.Clear();
    keys_.clear();
  }

 private:
  NumberIndex::Place Find(uint64_t key) const {
    return index_.Find(hash_(key), [&](uint16_t number) { return keys_[number] == key; });
  }

  uint64_t (*hash_)(uint64_t);
  NumberIndex index_{kSlots};
  std::vector<uint64_t> keys_;
};

void AgreesWithAMap(uint64_t (*hash)(uint64_t)) {
  Keys keys(hash);
  std::mt19937_64 random(1);
  for (int round = 0; round < 3; ++round) {
    std::map<uint64_t, uint16_t> expected;
    while (expected.size() < kSlots - 1) {
      const uint64_t key = random() % 1000;
      const auto known = expected.find(key);
      EXPECT_EQ(keys.NumberOf(key), known == expected.end() ? NumberIndex::kNone : known->second);
      keys.Add(key);
      expected.try_emplace(key, static_cast<uint16_t>(expected.size()));
    }
    for (const auto& [key, number] : expected) EXPECT_EQ(keys.NumberOf(key), number);
    keys.Clear();
    EXPECT_EQ(keys.NumberOf(expected.begin()->first), NumberIndex::kNone);
  }
}

TEST(NumberIndex, FindsWhatWasPut) {
  AgreesWithAMap([](uint64_t key) { return key * 0x9e3779b97f4a7c15; });
}

TEST(NumberIndex, TellsKeysApartThatHaveTheSameHash) {
  AgreesWithAMap([](uint64_t) { return ~uint64_t{0}; });
  AgreesWithAMap([](uint64_t key) { return key % 3 << 62 | 5; });  // one slot, three tags
}

}  // namespace
}  // namespace rcodescope
