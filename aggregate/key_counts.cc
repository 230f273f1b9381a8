#include "aggregate/key_counts.h"

#include <algorithm>
#include <bit>

namespace rcodescope {
namespace {

// Bytes a key costs with all that belongs to it: its entry, two words of the index, where its word
// stands, a quarter of a rare counter and, for names, an offset and room for 32 octets.
constexpr size_t kKeyBytes = 32 + 2 * 4 + 4 + 8;
constexpr size_t kNameBytes = 32;
constexpr size_t kNamedKeyBytes = kKeyBytes + 4 + kNameBytes;
constexpr size_t kSmallestTable = 768;
constexpr size_t kLargestTable = size_t{1} << 30;  // numbers stand in words of 32 bits
constexpr size_t kNameOverhead = 2;
constexpr size_t kMostNameBytes = 0xffff'ffff;  // offsets have 32 bits
constexpr size_t kAllCodes = 3 * 65'536;        // of three spaces; memory only for those that come

size_t CapacityFor(size_t bytes, bool with_names) {
  return std::clamp(bytes / (with_names ? kNamedKeyBytes : kKeyBytes), kSmallestTable,
                    kLargestTable);
}

}  // namespace

KeyCounts::KeyCounts(size_t bytes, bool with_names, uint64_t secret)
    : secret_(secret),
      with_names_(with_names),
      capacity_(CapacityFor(bytes, with_names)),
      limit_(capacity_),
      slot_count_(2 * capacity_),
      number_mask_(static_cast<uint32_t>(std::bit_ceil(capacity_ + 1) - 1)),
      index_memory_(slot_count_ * sizeof(uint32_t), /*huge=*/true),
      entry_memory_(capacity_ * sizeof(Entry), /*huge=*/true),
      index_(static_cast<uint32_t*>(index_memory_.data())),
      entries_(static_cast<Entry*>(entry_memory_.data())),
      rare_(capacity_ / 4, secret),
      unkeyed_(kAllCodes, secret) {
  const Hash128 disguise = KeyedHash128("disguise", 8, secret);
  disguise_ = {disguise.low, disguise.high};
  const Hash128 spread = KeyedHash128("spread", 6, secret);
  spread_ = {spread.low, spread.high};
  used_.reserve(capacity_);
  if (with_names) {
    name_offsets_.reserve(capacity_);
    names_.reserve(std::min(capacity_ * kNameBytes, kMostNameBytes));
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
  const uint32_t tag = TagOf(key.hash);
  for (size_t slot = SlotOf(key.hash);; slot = Behind(slot)) {
    const uint32_t word = index_[slot];
    if (word == 0) return Insert(slot, key, name) ? used_.size() - 1 : kNoEntry;
    const size_t number = (word & number_mask_) - 1;
    if ((word & ~number_mask_) == tag && entries_[number].key == key.key) return number;
  }
}

bool KeyCounts::Insert(size_t slot, const LocatedKey& key, NameRef name) {
  if (used_.size() == limit_) return false;
  if (with_names_) {
    if (names_.size() + name.size + kNameOverhead > names_.capacity()) {
      limit_ = used_.size();  // full, though with fewer keys than most names would allow
      return false;
    }
    name_offsets_.push_back(static_cast<uint32_t>(names_.size()));
    names_.push_back(name.size);
    names_.push_back(name.labels);
    names_.insert(names_.end(), name.data, name.data + name.size);
  }
  const size_t number = used_.size();
  entries_[number].key = key.key;
  index_[slot] = TagOf(key.hash) | static_cast<uint32_t>(number + 1);
  used_.push_back(static_cast<uint32_t>(slot));
  return true;
}

void KeyCounts::AddAt(size_t number, Rcode rcode, uint64_t count) {
  const size_t hot = HotPlace(rcode);
  if (hot != kHotCodes) {
    uint32_t& counter = entries_[number].hot[hot];
    const uint64_t sum = counter + count;
    if (sum <= kLargestHot) [[likely]] {
      counter = static_cast<uint32_t>(sum);
      return;
    }
  }
  if (!rare_.Add(uint64_t{number} << kRcodeBits | rcode.packed(), count)) {
    AddOverflow(rcode, count);
  }
}

void KeyCounts::AddUnkeyed(Rcode rcode, uint64_t count) {
  unkeyed_.Add(rcode.packed(), count);  // has room for every code
}

void KeyCounts::AddOverflow(Rcode rcode, uint64_t count) {
  overflow_ += count;
  AddUnkeyed(rcode, count);
}

// The key of another table that has the same secret.
LocatedKey KeyCounts::Relocate(const CountKey& key) const {
  return with_names_ ? At(key, key.low) : AtAddress(key);
}

void KeyCounts::AddAtOrOverflow(size_t number, Rcode rcode, uint64_t count) {
  if (number == kNoEntry) {
    AddOverflow(rcode, count);
  } else {
    AddAt(number, rcode, count);
  }
}

void KeyCounts::MergeFrom(const KeyCounts& other) {
  MergeHot(other);
  other.rare_.ForEach([&](uint64_t packed, uint64_t count) {
    const size_t theirs = packed >> kRcodeBits;
    const auto code = static_cast<uint32_t>(packed & ((1U << kRcodeBits) - 1));
    const NameRef name = with_names_ ? other.NameOf(theirs) : NameRef{};
    const size_t ours = FindOrInsert(Relocate(other.entries_[theirs].key), name);
    AddAtOrOverflow(ours, Rcode::Unpack(code), count);
  });
  other.ForEachUnkeyed([&](Rcode rcode, uint64_t count) { AddUnkeyed(rcode, count); });
  overflow_ += other.overflow_;
}

// All keys with their hot counters, block by block: theirs lie in a row, ours scattered.
void KeyCounts::MergeHot(const KeyCounts& other) {
  constexpr size_t kBlock = 32;
  std::array<LocatedKey, kBlock> block;
  const size_t keys = other.used_.size();
  for (size_t begin = 0; begin < keys; begin += kBlock) {
    const size_t count = std::min(kBlock, keys - begin);
    const Entry* theirs = &other.entries_[begin];
    for (size_t i = 0; i < count; ++i) block[i] = Relocate(theirs[i].key);
    for (size_t i = 0; i < count; ++i) Find(block[i]);
    for (size_t i = 0; i < count; ++i) {
      const NameRef name = with_names_ ? other.NameOf(begin + i) : NameRef{};
      const size_t ours = FindOrInsert(block[i], name);
      for (size_t hot = 0; hot < kHotCodes; ++hot) {
        const uint32_t responses = theirs[i].hot[hot];
        if (responses == 0) continue;
        AddAtOrOverflow(ours, {RcodeSpace::kDns, kHotCode[hot]}, responses);
      }
    }
  }
}

void KeyCounts::Clear() {
  for (const uint32_t slot : used_) index_[slot] = 0;
  std::fill_n(entries_, used_.size(), Entry{});
  used_.clear();
  limit_ = capacity_;
  name_offsets_.clear();
  names_.clear();
  rare_.Clear();
  unkeyed_.Clear();
  overflow_ = 0;
}

IpAddress KeyCounts::AddressOf(size_t number) const {
  const CountKey& key = entries_[number].key;
  const CountKey plain{key.low ^ disguise_.low, key.high ^ disguise_.high};
  IpAddress address;
  std::memcpy(address.bytes.data(), &plain, sizeof(plain));
  return address;
}

NameRef KeyCounts::NameOf(size_t number) const {
  const uint8_t* at = names_.data() + name_offsets_[number];
  return {at + kNameOverhead, at[0], at[1]};
}

}  // namespace rcodescope
