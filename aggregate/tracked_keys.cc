#include "aggregate/tracked_keys.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace rcodescope {
namespace {

constexpr size_t kPart = 2;           // one in so many keys leaves
constexpr size_t kPatiencePart = 16;  // of the capacity: keys that come before the next try
constexpr uint64_t kHeld = std::numeric_limits<uint64_t>::max();  // in the place of a weight

constexpr size_t kOwnBytes = 2 * sizeof(uint64_t);  // beside KeyCounts, for each key

// Standings, counted from the lowest one, fall into classes: each of the first 64 into one of its
// own, those above into 32 for every power of two.
constexpr size_t kExact = 64;
constexpr unsigned kExactBits = 6;
constexpr unsigned kStepBits = 5;
constexpr size_t kClasses = kExact + ((64 - kExactBits) << kStepBits);

size_t ClassAt(uint64_t distance) {
  if (distance < kExact) return distance;
  const auto power = static_cast<unsigned>(std::bit_width(distance)) - 1;
  const uint64_t step = distance >> (power - kStepBits) & ((1U << kStepBits) - 1);
  return kExact + (size_t{power - kExactBits} << kStepBits) + step;
}

// The smallest distance of a class.
uint64_t BeginOf(size_t number) {
  if (number < kExact) return number;
  const unsigned power = static_cast<unsigned>((number - kExact) >> kStepBits) + kExactBits;
  const uint64_t step = (number - kExact) & ((1U << kStepBits) - 1);
  return (uint64_t{1} << power) + (step << (power - kStepBits));
}

size_t CountsBytes(size_t bytes, bool with_names) {
  const size_t key = KeyCounts::KeyBytes(with_names);
  return bytes / (key + kOwnBytes) * key;
}

}  // namespace

// What leaves: all keys of the classes before `number`, and the first ones of that class.
struct TrackedKeys::Cut {
  size_t number = 0;
  size_t keys = 0;   // of the class that leave at least
  size_t bytes = 0;  // of their names
};

size_t TrackedKeys::SmallestBytes(bool with_names) {
  const size_t keys = KeyCounts::SmallestBytes(with_names) / KeyCounts::KeyBytes(with_names);
  return keys * KeyBytes(with_names);
}

size_t TrackedKeys::KeyBytes(bool with_names) {
  return KeyCounts::KeyBytes(with_names) + kOwnBytes;
}

TrackedKeys::TrackedKeys(size_t bytes, bool with_names, uint64_t secret, bool with_members)
    : counts_(CountsBytes(bytes, with_names), with_names, secret, KeyCounts::kAllCodes,
              with_members),
      bound_memory_(counts_.capacity() * sizeof(uint64_t), /*huge=*/true),
      weight_memory_(counts_.capacity() * sizeof(uint64_t), /*huge=*/true),
      bounds_(static_cast<uint64_t*>(bound_memory_.data())),
      weights_(static_cast<uint64_t*>(weight_memory_.data())) {}

void TrackedKeys::Prefault() const {
  counts_.Prefault();
  bound_memory_.Prefault();
  weight_memory_.Prefault();
}

void TrackedKeys::MergeFrom(const KeyCounts& delta) {
  counts_.MergeFrom(delta, [this] { MakeRoom(); });
  Welcome();
}

void TrackedKeys::MakeRoom() {
  if (counts_.HasRoomForKeys(KeyCounts::kMergeBlock)) return;
  if (patience_ > 0) {
    --patience_;
    return;
  }
  Welcome();
  Evict();
  // Held keys may fill the table; to look through it for each block would be slow.
  patience_ = counts_.HasRoomForKeys(KeyCounts::kMergeBlock)
                  ? 0
                  : counts_.capacity() / kPatiencePart / KeyCounts::kMergeBlock;
}

// Keys that came since may have been here before.
void TrackedKeys::Welcome() {
  std::fill(bounds_ + welcomed_, bounds_ + counts_.size(), highest_gone_);
  welcomed_ = counts_.size();
}

void TrackedKeys::Weigh() {
  for (size_t number = 0; number < counts_.size(); ++number) {
    const KeyCounts::HotCounts& counts = counts_.HotCountsOf(number);
    uint64_t weight = 0;
    for (size_t hot = 0; hot < counts.size(); ++hot) {
      weight += counts[hot] * WeightOf(KeyCounts::HotCode(hot));
    }
    weights_[number] = weight;
  }
  counts_.ForEachRare([this](size_t number, Rcode rcode, uint64_t count) {
    weights_[number] += count * WeightOf(rcode);
  });
  for (const CountKey& key : held_) {
    const size_t number = counts_.NumberOf(key);
    if (number != KeyCounts::kNoKey) weights_[number] = kHeld;
  }
}

// A key that is held no longer, or came just now, may be below the lowest.
size_t TrackedKeys::ClassOf(size_t number) const {
  return ClassAt(std::max(StandingOf(number), lowest_here_) - lowest_here_);
}

TrackedKeys::Cut TrackedKeys::FindCut() {
  struct Class {
    size_t keys = 0;
    size_t bytes = 0;
  };
  std::vector<Class> classes(kClasses);
  for (size_t number = 0; number < counts_.size(); ++number) {
    if (weights_[number] == kHeld) continue;
    Class& own = classes[ClassOf(number)];
    ++own.keys;
    own.bytes += counts_.NameBytesOf(number);
  }
  Cut cut{.keys = counts_.size() / kPart, .bytes = counts_.name_bytes() / kPart};
  for (; cut.number < kClasses; ++cut.number) {
    const Class& next = classes[cut.number];
    if (next.keys >= cut.keys && next.bytes >= cut.bytes) break;
    cut.keys -= std::min(cut.keys, next.keys);
    cut.bytes -= std::min(cut.bytes, next.bytes);
  }
  return cut;
}

void TrackedKeys::Evict() {
  Weigh();
  Cut cut = FindCut();
  const size_t before = counts_.size();
  size_t kept = 0;
  evicted_responses_ += counts_.Retain([&](size_t number) {
    bool leaves = false;
    if (weights_[number] != kHeld) {
      const size_t own = ClassOf(number);
      leaves = own < cut.number;
      if (own == cut.number && (cut.keys > 0 || cut.bytes > 0)) {
        cut.keys -= std::min<size_t>(cut.keys, 1);
        cut.bytes -= std::min(cut.bytes, counts_.NameBytesOf(number));
        leaves = true;
      }
    }
    if (leaves) {
      highest_gone_ = std::max(highest_gone_, StandingOf(number));
    } else {
      bounds_[kept++] = bounds_[number];
    }
    return !leaves;
  });
  welcomed_ = kept;
  evicted_ += before - kept;
  if (cut.number < kClasses) lowest_here_ += BeginOf(cut.number);
}

}  // namespace rcodescope
