#include "aggregate/key_counts.h"

#include <algorithm>

namespace rcodescope {
namespace {

// Bytes a slot costs with all that belongs to it: itself, its place in used_ (¾), a quarter of a
// rare counter and, for names, an offset and room for ¾ of a name of 30 octets.
constexpr size_t kSlotBytes = 32 + 3 + 8;
constexpr size_t kNamedSlotBytes = kSlotBytes + 4 + 24;
constexpr size_t kSmallestTable = 1024;
constexpr size_t kNameOverhead = 2;
constexpr size_t kMostNameBytes = 0xffff'ffff;  // offsets have 32 bits
constexpr size_t kAllCodes = 3 * 65'536;        // of three spaces; memory only for those that come

size_t SlotsFor(size_t bytes, bool with_names) {
  return std::max(kSmallestTable, bytes / (with_names ? kNamedSlotBytes : kSlotBytes));
}

size_t LimitFor(size_t slots) { return slots / 4 * 3; }

}  // namespace

KeyCounts::KeyCounts(size_t bytes, bool with_names, uint64_t secret)
    : secret_(secret),
      with_names_(with_names),
      slot_count_(SlotsFor(bytes, with_names)),
      limit_(LimitFor(slot_count_)),
      slot_memory_(slot_count_ * sizeof(Slot), /*huge=*/true),
      slots_(static_cast<Slot*>(slot_memory_.data())),
      rare_(slot_count_ / 4, secret),
      unkeyed_(kAllCodes, secret) {
  const Hash128 disguise = KeyedHash128("disguise", 8, secret);
  disguise_ = {disguise.low, disguise.high};
  const Hash128 spread = KeyedHash128("spread", 6, secret);
  spread_ = {spread.low, spread.high};
  used_.reserve(limit_);
  if (with_names) {
    name_offsets_.resize(slot_count_);
    names_.reserve(std::min(slot_count_ * (kNamedSlotBytes - kSlotBytes - 4), kMostNameBytes));
  }
}

bool KeyCounts::HasRoom(size_t more) const {
  const bool names_fit =
      !with_names_ || names_.size() + more * (kLongestName + kNameOverhead) <= names_.capacity();
  return used_.size() + more <= limit_ && names_fit && rare_.HasRoom(more);
}

void KeyCounts::AddElsewhere(const LocatedKey& key, NameRef name, Rcode rcode) {
  AddAtOrOverflow(FindOrInsert(key, name), rcode, 1);
}

size_t KeyCounts::FindOrInsert(const LocatedKey& key, NameRef name) {
  for (size_t slot = key.slot;;) {
    const CountKey& held = slots_[slot].key;
    if (held == key.key) return slot;
    if (held == CountKey{}) return Insert(slot, key.key, name) ? slot : kNoSlot;
    if (++slot == slot_count_) slot = 0;
  }
}

bool KeyCounts::Insert(size_t slot, const CountKey& key, NameRef name) {
  if (used_.size() == limit_) return false;
  if (with_names_) {
    if (names_.size() + name.size + kNameOverhead > names_.capacity()) {
      limit_ = used_.size();  // full, though with fewer keys than most names would allow
      return false;
    }
    name_offsets_[slot] = static_cast<uint32_t>(names_.size());
    names_.push_back(name.size);
    names_.push_back(name.labels);
    names_.insert(names_.end(), name.data, name.data + name.size);
  }
  slots_[slot].key = key;
  used_.push_back(static_cast<uint32_t>(slot));
  return true;
}

void KeyCounts::AddAt(size_t slot, Rcode rcode, uint64_t count) {
  const size_t hot = HotPlace(rcode);
  if (hot != kHotCodes) {
    uint32_t& counter = slots_[slot].hot[hot];
    const uint64_t sum = counter + count;
    if (sum <= kLargestHot) [[likely]] {
      counter = static_cast<uint32_t>(sum);
      return;
    }
  }
  if (!rare_.Add(uint64_t{slot} << kRcodeBits | rcode.packed(), count)) AddOverflow(rcode, count);
}

void KeyCounts::AddUnkeyed(Rcode rcode, uint64_t count) {
  unkeyed_.Add(rcode.packed(), count);  // has room for every code
}

void KeyCounts::AddOverflow(Rcode rcode, uint64_t count) {
  overflow_ += count;
  AddUnkeyed(rcode, count);
}

LocatedKey KeyCounts::Relocate(const KeyCounts& other, size_t slot) const {
  const CountKey& key = other.slots_[slot].key;
  return with_names_ ? At(key, key.low) : AtAddress(key);
}

void KeyCounts::AddAtOrOverflow(size_t slot, Rcode rcode, uint64_t count) {
  if (slot == kNoSlot) {
    AddOverflow(rcode, count);
  } else {
    AddAt(slot, rcode, count);
  }
}

void KeyCounts::MergeFrom(const KeyCounts& other) {
  const auto place = [&](size_t theirs) {
    return FindOrInsert(Relocate(other, theirs), with_names_ ? other.NameAt(theirs) : NameRef{});
  };
  constexpr size_t kAhead = 8;  // keys lie scattered, theirs as ours
  const size_t keys = other.used_.size();
  for (size_t number = 0; number < keys; ++number) {
    if (number + 2 * kAhead < keys) {
      __builtin_prefetch(&other.slots_[other.used_[number + 2 * kAhead]]);
    }
    if (number + kAhead < keys) Prefetch(Relocate(other, other.used_[number + kAhead]));
    const uint32_t theirs = other.used_[number];
    const size_t slot = place(theirs);
    for (size_t i = 0; i < kHotCodes; ++i) {
      const uint32_t hot = other.slots_[theirs].hot[i];
      if (hot != 0) AddAtOrOverflow(slot, {RcodeSpace::kDns, kHotCode[i]}, hot);
    }
  }
  other.rare_.ForEach([&](uint64_t packed, uint64_t count) {
    const auto code = static_cast<uint32_t>(packed & ((1U << kRcodeBits) - 1));
    AddAtOrOverflow(place(packed >> kRcodeBits), Rcode::Unpack(code), count);
  });
  other.ForEachUnkeyed([&](Rcode rcode, uint64_t count) { AddUnkeyed(rcode, count); });
  overflow_ += other.overflow_;
}

void KeyCounts::Clear() {
  for (const uint32_t slot : used_) slots_[slot] = Slot{};
  used_.clear();
  limit_ = LimitFor(slot_count_);
  names_.clear();
  rare_.Clear();
  unkeyed_.Clear();
  overflow_ = 0;
}

std::unordered_map<size_t, size_t> KeyCounts::RareNumbers() const {
  std::unordered_map<size_t, size_t> numbers;
  if (rare_.size() == 0) return numbers;
  std::vector<bool> is_rare(slot_count_);
  rare_.ForEach([&](uint64_t key, uint64_t) { is_rare[key >> kRcodeBits] = true; });
  for (size_t number = 0; number < used_.size(); ++number) {
    if (is_rare[used_[number]]) numbers[used_[number]] = number;
  }
  return numbers;
}

IpAddress KeyCounts::AddressOf(size_t number) const {
  const CountKey& key = slots_[used_[number]].key;
  const CountKey plain{key.low ^ disguise_.low, key.high ^ disguise_.high};
  IpAddress address;
  std::memcpy(address.bytes.data(), &plain, sizeof(plain));
  return address;
}

NameRef KeyCounts::NameOf(size_t number) const { return NameAt(used_[number]); }

NameRef KeyCounts::NameAt(size_t slot) const {
  const uint8_t* at = names_.data() + name_offsets_[slot];
  return {at + kNameOverhead, at[0], at[1]};
}

}  // namespace rcodescope
