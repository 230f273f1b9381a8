// Elements in fixed memory: numbered from 1, where 0 is none, and found by a key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <type_traits>

#include "parse/keyed_hash.h"

namespace rcodescope {

// Zeroed memory for `count` aggregates, which becomes real where it is touched. Null when refused.
struct FreeMemory {
  void operator()(void* memory) const { std::free(memory); }
};
template <typename T>
using ZeroedArray = std::unique_ptr<T[], FreeMemory>;
template <typename T>
ZeroedArray<T> MakeZeroedArray(size_t count) {
  static_assert(std::is_aggregate_v<T> || std::is_scalar_v<T>);
  return ZeroedArray<T>(static_cast<T*>(std::calloc(count, sizeof(T))));
}

// T has a member `uint32_t next`, which chains elements while they are free.
template <typename T>
class Pool {
 public:
  explicit Pool(uint32_t capacity)
      : capacity_(capacity),
        available_(capacity),
        elements_(MakeZeroedArray<T>(size_t{capacity} + 1)) {}

  bool usable() const { return elements_ != nullptr; }
  uint32_t capacity() const { return capacity_; }
  uint32_t available() const { return available_; }
  T& operator[](uint32_t number) { return elements_[number]; }
  const T& operator[](uint32_t number) const { return elements_[number]; }

  // An element as its last user left it. One must be available.
  uint32_t Take() {
    --available_;
    if (free_ == 0) return ++touched_;
    const uint32_t number = free_;
    free_ = elements_[number].next;
    return number;
  }

  // Gives back `count` elements, chained by `next` from `first` to `last`.
  void Give(uint32_t first, uint32_t last, uint32_t count) {
    elements_[last].next = free_;
    free_ = first;
    available_ += count;
  }

 private:
  uint32_t capacity_;
  uint32_t available_;
  uint32_t touched_ = 0;  // elements above were never taken
  uint32_t free_ = 0;
  ZeroedArray<T> elements_;
};

// T also has a member `Key key`, without padding. Chained hashing: with as many buckets as elements
// and a secret hash, a search takes constant time whatever the keys.
template <typename T, typename Key>
class KeyedPool {
 public:
  KeyedPool(uint32_t capacity, uint64_t secret)
      : secret_(secret),
        bucket_count_(capacity),
        buckets_(MakeZeroedArray<uint32_t>(size_t{capacity} + 1)),
        pool_(capacity) {}

  bool usable() const { return buckets_ != nullptr && pool_.usable(); }
  uint32_t available() const { return pool_.available(); }
  T& operator[](uint32_t number) { return pool_[number]; }
  const T& operator[](uint32_t number) const { return pool_[number]; }

  // 0: there is none.
  uint32_t Find(const Key& key) const {
    uint32_t number = buckets_[BucketOf(key)];
    while (number != 0 && pool_[number].key != key) number = pool_[number].next;
    return number;
  }

  // A new element with `key`, which must not be there yet. One must be available.
  uint32_t Insert(const Key& key) {
    uint32_t& bucket = buckets_[BucketOf(key)];
    const uint32_t number = pool_.Take();
    pool_[number] = T{.key = key, .next = bucket};
    bucket = number;
    return number;
  }

  void Erase(uint32_t number) {
    uint32_t* link = &buckets_[BucketOf(pool_[number].key)];
    while (*link != number) link = &pool_[*link].next;
    *link = pool_[number].next;
    pool_.Give(number, number, 1);
  }

 private:
  size_t BucketOf(const Key& key) const {
    static_assert(std::has_unique_object_representations_v<Key>);
    const uint64_t hash = KeyedHash64(&key, sizeof key, secret_);
    return static_cast<size_t>((hash >> 32) * bucket_count_ >> 32);
  }

  uint64_t secret_;
  uint32_t bucket_count_;
  ZeroedArray<uint32_t> buckets_;
  Pool<T> pool_;
};

}  // namespace rcodescope
