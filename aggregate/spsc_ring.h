// A bounded queue between exactly one producer thread and one consumer thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace rcodescope {

// Plain atomic loads and stores, no lock. Elements are copied; they are meant to be small.
template <typename T, uint32_t kSize>
class SpscRing {
  static_assert((kSize & (kSize - 1)) == 0, "a power of two");

 public:
  // Producer: false when full.
  bool TryPush(T value) {
    const uint32_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) == kSize) return false;
    slots_[tail % kSize] = value;
    tail_.store(tail + 1, kOrder);
    tail_.notify_one();
    return true;
  }
  // Producer: waits while full.
  void Push(T value) {
    while (!TryPush(value)) {
      head_.wait(tail_.load(std::memory_order_relaxed) - kSize, kOrder);
    }
  }

  // Consumer: the oldest element, which stays; null when empty.
  const T* Front() const {
    const uint32_t head = head_.load(std::memory_order_relaxed);
    return tail_.load(std::memory_order_acquire) == head ? nullptr : &slots_[head % kSize];
  }
  // Consumer: nothing when empty.
  std::optional<T> TryPop() {
    const T* const front = Front();
    if (front == nullptr) return std::nullopt;
    const T value = *front;
    head_.store(head_.load(std::memory_order_relaxed) + 1, kOrder);
    head_.notify_one();
    return value;
  }
  // Consumer: waits while empty.
  T Pop() {
    for (;;) {
      if (const std::optional<T> value = TryPop()) return *value;
      tail_.wait(head_.load(std::memory_order_relaxed), kOrder);
    }
  }

 private:
  static constexpr size_t kCacheLine = 64;
  // Between a store and the notify behind it. libstdc++ wakes nobody when its count of waiters is
  // 0; with less than this, that count is read before the store is seen, and a thread that begins
  // to wait meanwhile sleeps for ever.
  static constexpr std::memory_order kOrder = std::memory_order_seq_cst;

  alignas(kCacheLine) std::atomic<uint32_t> head_{0};  // written by the consumer
  alignas(kCacheLine) std::atomic<uint32_t> tail_{0};  // written by the producer
  alignas(kCacheLine) std::array<T, kSize> slots_{};
};

}  // namespace rcodescope
