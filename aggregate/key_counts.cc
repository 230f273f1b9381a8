#include "aggregate/key_counts.h"

#include <algorithm>
#include <bit>

namespace rcodescope {
namespace {

// Bytes a key costs with all that belongs to it: its entry, two words of the index, where its word
// stands, a quarter of a rare counter (at most three slots and a word) and, for names, an offset
// and room for 32 octets.
constexpr size_t kKeyBytes = 32 + 2 * 4 + 4 + (3 * 16 + 4) / 4;
constexpr size_t kNameBytes = 32;
constexpr size_t kWordsInLine = 16;  // of the index, in a cache line
constexpr size_t kNamedKeyBytes = kKeyBytes + 4 + kNameBytes;
constexpr size_t kSmallestTable = 768;
constexpr size_t kLargestTable = size_t{1} << 30;  // numbers stand in words of 32 bits
constexpr size_t kMostNameBytes = 0xffff'ffff;     // offsets have 32 bits

size_t CapacityFor(size_t bytes, bool with_names, bool with_members) {
  const size_t key = KeyCounts::KeyBytes(with_names) + (with_members ? sizeof(uint64_t) : 0);
  return std::clamp(bytes / key, kSmallestTable, kLargestTable);
}

}  // namespace

size_t KeyCounts::SmallestBytes(bool with_names) { return kSmallestTable * KeyBytes(with_names); }

size_t KeyCounts::KeyBytes(bool with_names) { return with_names ? kNamedKeyBytes : kKeyBytes; }

KeyCounts::KeyCounts(size_t bytes, bool with_names, uint64_t secret, size_t codes,
                     bool with_members)
    : secret_(secret),
      with_names_(with_names),
      with_members_(with_members),
      capacity_(CapacityFor(bytes, with_names, with_members)),
      limit_(capacity_),
      slot_count_(2 * capacity_),
      number_mask_(static_cast<uint32_t>(std::bit_ceil(capacity_ + 1) - 1)),
      index_memory_(slot_count_ * sizeof(uint32_t), /*huge=*/true),
      entry_memory_(capacity_ * sizeof(Entry), /*huge=*/true),
      member_memory_(with_members ? capacity_ * sizeof(uint64_t) : 0, /*huge=*/true),
      index_(static_cast<uint32_t*>(index_memory_.data())),
      entries_(static_cast<Entry*>(entry_memory_.data())),
      members_(static_cast<uint64_t*>(member_memory_.data())),
      rare_(capacity_ / 4, secret),
      unkeyed_(codes, secret) {
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

void KeyCounts::Prefault() const {
  index_memory_.Prefault();
  entry_memory_.Prefault();
  if (with_members_) member_memory_.Prefault();
  rare_.Prefault();
  PrefaultInside(used_.data(), used_.capacity() * sizeof(uint32_t));
  PrefaultInside(name_offsets_.data(), name_offsets_.capacity() * sizeof(uint32_t));
  PrefaultInside(names_.data(), names_.capacity());
}

bool KeyCounts::HasRoomForKeys(size_t more) const {
  const bool names_fit =
      !with_names_ || names_.size() + more * (kLongestName + kNameOverhead) <= names_.capacity();
  return used_.size() + more <= limit_ && names_fit;
}

uint32_t KeyCounts::AddElsewhere(const LocatedKey& key, NameRef name, Rcode rcode) {
  const size_t number = FindOrInsert(key, name);
  AddAtOrOverflow(number, rcode, 1);
  return number == kNoKey ? LocatedKey::kNotFound : static_cast<uint32_t>(number);
}

size_t KeyCounts::FindOrInsert(const LocatedKey& key, NameRef name) {
  const uint32_t tag = TagOf(key.hash);
  for (size_t slot = key.slot;; slot = Behind(slot)) {
    const uint32_t word = index_[slot];
    if (word == 0) return Insert(slot, key, name) ? used_.size() - 1 : kNoKey;
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

// All of them, or none where one would not fit any more. Which codes a key has is not to be
// foreseen: there is one branch.
bool KeyCounts::AddHot(size_t number, const HotCounts& counts) {
  HotCounts& own = entries_[number].hot;
  HotCounts sums;
  uint64_t largest = 0;
  for (size_t i = 0; i < kHotCodes; ++i) {
    const uint64_t sum = uint64_t{own[i]} + counts[i];
    largest |= sum;
    sums[i] = static_cast<uint32_t>(sum);
  }
  if (largest > kLargestHot) [[unlikely]]
    return false;
  own = sums;
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

// Short names are filled up with zeros: a name ends where its root's octet is, so that no two
// become the same. Of long ones the hash is the key.
LocatedKey KeyCounts::LocateOddSize(NameRef name) const {
  CountKey key;
  if (name.size > sizeof(key)) {
    const Hash128 hash = KeyedHash128(name.data, name.size, secret_);
    return At({hash.low, hash.high});
  }
  std::memcpy(&key, name.data, name.size);
  return At({key.low ^ disguise_.low, key.high ^ disguise_.high});
}

void KeyCounts::AddAtOrOverflow(size_t number, Rcode rcode, uint64_t count) {
  if (number == kNoKey) {
    AddOverflow(rcode, count);
  } else {
    AddAt(number, rcode, count);
  }
}

void KeyCounts::MergeRare(const KeyCounts& other, uint64_t packed, uint64_t count) {
  const size_t theirs = packed >> kRcodeBits;
  const auto code = static_cast<uint32_t>(packed & ((1U << kRcodeBits) - 1));
  const NameRef name = with_names_ ? other.NameOf(theirs) : NameRef{};
  const size_t ours = FindOrInsert(At(other.entries_[theirs].key), name);
  AddAtOrOverflow(ours, Rcode::Unpack(code), count);
}

// Keys with their hot counters: theirs lie in a row, ours scattered.
void KeyCounts::MergeBlock(const KeyCounts& other, size_t begin) {
  std::array<LocatedKey, kMergeBlock> block;
  const size_t count = std::min(kMergeBlock, other.used_.size() - begin);
  const Entry* theirs = &other.entries_[begin];
  for (size_t i = 0; i < count; ++i) block[i] = At(theirs[i].key);
  for (size_t i = 0; i < count; ++i) Find(block[i]);
  for (size_t i = 0; i < count; ++i) {
    const NameRef name = with_names_ ? other.NameOf(begin + i) : NameRef{};
    const size_t ours = FindOrInsert(block[i], name);
    if (with_members_ && ours != kNoKey) members_[ours] |= other.members_[begin + i];
    if (ours != kNoKey && AddHot(ours, theirs[i].hot)) [[likely]]
      continue;
    for (size_t hot = 0; hot < kHotCodes; ++hot) {
      const uint32_t responses = theirs[i].hot[hot];
      if (responses == 0) continue;
      AddAtOrOverflow(ours, {RcodeSpace::kDns, kHotCode[hot]}, responses);
    }
  }
}

size_t KeyCounts::NumberOf(const CountKey& key) const {
  const LocatedKey located = At(key);
  const uint32_t tag = TagOf(located.hash);
  for (size_t slot = located.slot;; slot = Behind(slot)) {
    const uint32_t word = index_[slot];
    if (word == 0) return kNoKey;
    const size_t number = (word & number_mask_) - 1;
    if ((word & ~number_mask_) == tag && entries_[number].key == key) return number;
  }
}

// Carries out what Retain has decided: `used_` holds new numbers.
uint64_t KeyCounts::Forget() {
  uint64_t responses = ForgetRare();
  if (with_names_) ForgetNames();
  std::array<uint64_t, kHotCodes> hot{};
  size_t kept = 0;
  for (size_t number = 0; number < used_.size(); ++number) {
    const Entry entry = entries_[number];
    if (used_[number] != kForgotten) {
      if (with_members_) members_[kept] = members_[number];
      entries_[kept++] = entry;
      continue;
    }
    for (size_t i = 0; i < kHotCodes; ++i) hot[i] += entry.hot[i];
  }
  std::fill(entries_ + kept, entries_ + used_.size(), Entry{});
  if (with_members_) std::fill(members_ + kept, members_ + used_.size(), 0);
  used_.resize(kept);
  limit_ = capacity_;
  BuildIndex();
  for (size_t i = 0; i < kHotCodes; ++i) {
    if (hot[i] == 0) continue;
    AddUnkeyed({RcodeSpace::kDns, kHotCode[i]}, hot[i]);
    responses += hot[i];
  }
  return responses;
}

uint64_t KeyCounts::ForgetRare() {
  uint64_t responses = 0;
  rare_.RenameKeys([&](uint64_t packed, uint64_t count) -> std::optional<uint64_t> {
    const uint64_t number = used_[packed >> kRcodeBits];
    const uint64_t code = packed & ((1U << kRcodeBits) - 1);
    if (number != kForgotten) return number << kRcodeBits | code;
    AddUnkeyed(Rcode::Unpack(static_cast<uint32_t>(code)), count);
    responses += count;
    return std::nullopt;
  });
  return responses;
}

// Names move up: they lie in the order of their numbers.
void KeyCounts::ForgetNames() {
  size_t kept = 0;
  size_t end = 0;
  for (size_t number = 0; number < used_.size(); ++number) {
    if (used_[number] == kForgotten) continue;
    const uint8_t* const name = names_.data() + name_offsets_[number];
    const size_t size = name[0] + kNameOverhead;
    std::memmove(names_.data() + end, name, size);
    name_offsets_[kept++] = static_cast<uint32_t>(end);
    end += size;
  }
  name_offsets_.resize(kept);
  names_.resize(end);
}

// Block by block, as in MergeBlock.
void KeyCounts::BuildIndex() {
  std::fill_n(index_, slot_count_, 0);
  std::array<LocatedKey, kMergeBlock> block;
  for (size_t begin = 0; begin < used_.size(); begin += kMergeBlock) {
    const size_t count = std::min(kMergeBlock, used_.size() - begin);
    for (size_t i = 0; i < count; ++i) block[i] = At(entries_[begin + i].key);
    for (size_t i = 0; i < count; ++i) {
      size_t slot = block[i].slot;
      while (index_[slot] != 0) slot = Behind(slot);
      index_[slot] = TagOf(block[i].hash) | static_cast<uint32_t>(begin + i + 1);
      used_[begin + i] = static_cast<uint32_t>(slot);
    }
  }
}

void KeyCounts::Clear() {
  // One after the other, all words are faster than a few of them here and there.
  if (used_.size() > slot_count_ / kWordsInLine) {
    std::fill_n(index_, slot_count_, 0);
  } else {
    for (const uint32_t slot : used_) index_[slot] = 0;
  }
  std::fill_n(entries_, used_.size(), Entry{});
  if (with_members_) std::fill_n(members_, used_.size(), 0);
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
