#include "aggregate/unique_keys.h"

#include <algorithm>
#include <cmath>

#include "parse/keyed_hash.h"

namespace rcodescope {
namespace {

constexpr uint64_t kNameKey = 0;  // no secret
// Digits of π and e: any odd words with no pattern would do.
constexpr uint64_t kLowKey = 0x243f'6a88'85a3'08d3;
constexpr uint64_t kHighKey = 0xb7e1'5162'8aed'2a6b;

uint64_t HashOf(const IpAddress& address) {
  std::array<uint64_t, 2> words;
  std::memcpy(words.data(), address.bytes.data(), sizeof(words));
  const uint64_t hash = KeyedHash64(words[0], words[1], kLowKey, kHighKey);
  return KeyedHash64(hash, words[1], kHighKey, kLowKey);  // one round leaves patterns in low bits
}

uint64_t HashOf(NameRef name) { return KeyedHash64(name.data, name.size, kNameKey); }

}  // namespace

void UniqueKeys::Add(const KeyCounts& delta, Dimension dimension) {
  auto& counts = counts_[static_cast<size_t>(dimension)];
  for (size_t number = 0; number < delta.size(); ++number) {
    const uint64_t hash =
        HasNames(dimension) ? HashOf(delta.NameOf(number)) : HashOf(delta.AddressOf(number));
    counts[0].Add(hash);
    for (size_t group = 1; group < kUniqueGroups; ++group) {
      counts[group].AddIf(delta.Has(number, kUniqueGroupTable[group].rcode), hash);
    }
  }
}

void UniqueKeys::Merge(const UniqueKeys& other) {
  for (size_t dimension = 0; dimension < kDimensions; ++dimension) {
    for (size_t group = 0; group < kUniqueGroups; ++group) {
      counts_[dimension][group].Merge(other.counts_[dimension][group]);
    }
  }
}

void UniqueKeys::Clear() {
  for (auto& dimension : counts_) {
    for (FineCount& count : dimension) count.Clear();
  }
}

UniqueCounts UniqueKeys::Estimates(Dimension dimension, const UniqueCounts& responses) const {
  UniqueCounts estimates;
  for (size_t group = 0; group < kUniqueGroups; ++group) {
    const FineCount& count = counts_[static_cast<size_t>(dimension)][group];
    estimates[group] =
        std::min(static_cast<uint64_t>(std::llround(count.Estimate())), responses[group]);
  }
  return estimates;
}

}  // namespace rcodescope
