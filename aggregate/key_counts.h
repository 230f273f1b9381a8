// Responses per key (client, server or zone) and code, in fixed memory, with an exact rest.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "aggregate/count_table.h"
#include "aggregate/table_memory.h"
#include "parse/dns_name.h"
#include "parse/ip_address.h"
#include "parse/keyed_hash.h"
#include "parse/rcode.h"

namespace rcodescope {

// What a key is in the table: an address, a name of up to 16 octets, or the keyed 128-bit hash of a
// longer one.
struct CountKey {
  uint64_t low = 0;
  uint64_t high = 0;
  friend bool operator==(const CountKey& a, const CountKey& b) {
    return ((a.low ^ b.low) | (a.high ^ b.high)) == 0;  // one branch
  }
};

// Of a table's keys, whose parts are both as good as random, or disguised by something secret.
struct CountKeyHash {
  size_t operator()(const CountKey& key) const {
    return static_cast<size_t>((key.low ^ key.high >> 7) * 0x9e37'79b9'7f4a'7c15 >> 32);
  }
};

// A key on its way into a table, in three steps that let a whole batch wait for memory at once:
// Locate hashes it and fetches its place in the index, Find looks there and fetches its entry, Add
// counts. Find may be left out.
struct LocatedKey {
  static constexpr uint32_t kNotFound = 0xffff'ffff;

  CountKey key;
  uint64_t hash = 0;
  uint32_t slot = 0;            // of the index, where it is looked for first
  uint32_t number = kNotFound;  // of the entry that is probably the key's
};

// Entries of 32 bytes in the order in which their keys came, and an index of 4-byte words beside
// them. Keys with much traffic come early and so lie close together, which is what keeps them in a
// core's caches. The four codes that nearly all responses have are counted in the entry, the rest
// in a table of their own. Nothing is allocated after construction; the work of Clear and MergeFrom
// grows with the keys held, not with the capacity. One writer; not thread-safe.
//
// Used twice: by a worker for the keys of one epoch, and by the collector for all time.
class KeyCounts {
 public:
  // Distinct codes of responses without a key in a worker's table.
  static constexpr size_t kFewCodes = 1'300;
  // The same for all that can be: 12 bits, and 16 of TSIG and of TKEY errors.
  static constexpr size_t kAllCodes = 4'096 + 2 * 65'536;

  // `bytes`: the memory to use for keys; codes without a key are beside that. `with_names`: keys
  // are names, which are kept. `secret`: the process's hash key. `codes`: kFewCodes or kAllCodes.
  // `with_members`: keys are networks, whose members are told apart, see Mark. All tables that are
  // merged agree in all but `bytes` and `codes`.
  KeyCounts(size_t bytes, bool with_names, uint64_t secret, size_t codes = kAllCodes,
            bool with_members = false);

  // The least memory there is a table in, and what a key takes.
  static size_t SmallestBytes(bool with_names);
  static size_t KeyBytes(bool with_names);

  // Makes all of its memory real, but for that of codes without a key.
  void Prefault() const;

  // False when the system refused the memory; then nothing else may be called.
  bool usable() const {
    return index_ != nullptr && entries_ != nullptr && rare_.usable() && unkeyed_.usable() &&
           (members_ != nullptr || !with_members_);
  }

  LocatedKey Locate(const IpAddress& address) const {
    CountKey key;
    std::memcpy(&key, address.bytes.data(), sizeof(key));
    return At({key.low ^ disguise_.low, key.high ^ disguise_.high});
  }
  LocatedKey Locate(NameRef name) const {
    if (name.size - 9U > 16 - 9) [[unlikely]]
      return LocateOddSize(name);
    CountKey key;
    std::memcpy(&key.low, name.data, 8);
    std::memcpy(&key.high, name.data + name.size - 8, 8);
    key.high = BehindTheFirst(key.high, 8 * (16U - name.size));
    return At({key.low ^ disguise_.low, key.high ^ disguise_.high});
  }
  void Find(LocatedKey& key) const {
    const uint32_t tag = TagOf(key.hash);
    size_t slot = key.slot;
    uint32_t word = index_[slot];
    while (word != 0 && (word & ~number_mask_) != tag) word = index_[slot = Behind(slot)];
    key.number = (word & number_mask_) - 1;  // kNotFound when the word is 0
    if (word != 0) __builtin_prefetch(&entries_[key.number], 1);
  }

  // A code and where it is counted in a slot: made once for all tables.
  struct Column {
    Column(Rcode code) : rcode(code), hot(HotPlace(code)) {}  // NOLINT: a code is meant

    Rcode rcode;
    size_t hot;  // < kHotCodes, or that where the code has no place there
  };
  static constexpr size_t kHotCodes = 4;
  using HotCounts = std::array<uint32_t, kHotCodes>;
  static constexpr Rcode HotCode(size_t hot) { return {RcodeSpace::kDns, kHotCode[hot]}; }

  // True when `more` responses that may all bring new keys and codes will be counted by key.
  bool HasRoom(size_t more) const {
    return HasRoomForKeys(more) && rare_.HasRoom(more) && HasRoomForCodes(more);
  }
  // True when `more` new keys will fit.
  bool HasRoomForKeys(size_t more) const;
  // True when `more` responses without a key will be counted, whatever their codes. It must be true
  // before they are.
  bool HasRoomForCodes(size_t more) const { return unkeyed_.HasRoom(more); }

  // Counts under a key; `name` is what a new key is called, for tables with names. When there is
  // no room, the responses are counted without a key, and as overflow. Answers with the number of
  // the key's entry, or kNotFound.
  uint32_t Add(const LocatedKey& key, NameRef name, Column column) {
    const size_t hot = column.hot;
    if (key.number != LocatedKey::kNotFound && hot != kHotCodes) [[likely]] {
      Entry& entry = entries_[key.number];
      if (entry.key == key.key && entry.hot[hot] != kLargestHot) [[likely]] {
        ++entry.hot[hot];
        return key.number;
      }
    }
    return AddElsewhere(key, name, column.rcode);
  }
  // Of a table with members, under the number that Add answered with: one bit of 64, drawn from the
  // address of a member by a hash. There are at least as many members as bits.
  void Mark(uint32_t number, uint64_t bit) {
    if (number != LocatedKey::kNotFound) members_[number] |= bit;
  }
  uint64_t MembersOf(size_t number) const {
    return with_members_ ? members_[number] : ~uint64_t{0};
  }

  // Counts responses that have no key (a response without a question has no zone).
  void AddUnkeyed(Rcode rcode, uint64_t count = 1);

  void MergeFrom(const KeyCounts& other) {
    MergeFrom(other, [] {});
  }
  // Calls make_room() before each block of kMergeBlock keys.
  static constexpr size_t kMergeBlock = 32;
  template <typename MakeRoom>
  void MergeFrom(const KeyCounts& other, MakeRoom make_room);

  // Keeps the keys for which keep(number) is true, asked once for each in order, and numbers them
  // anew in the same order. What the others had is counted without a key; answers with how many
  // responses that are. Its work grows with the capacity.
  template <typename Keep>
  uint64_t Retain(Keep keep);

  void Clear();

  size_t size() const { return used_.size(); }
  // Keys it can hold; fewer than at first once long names have used up their room.
  size_t capacity() const { return limit_; }
  uint64_t overflow() const { return overflow_; }

  // Keys are numbered in the order in which they came.
  IpAddress AddressOf(size_t number) const;
  NameRef NameOf(size_t number) const;
  // What of a key is counted in its entry, by HotCode.
  const HotCounts& HotCountsOf(size_t number) const { return entries_[number].hot; }
  // Whether the key has responses of that code, one of those four.
  bool Has(size_t number, Rcode hot) const { return entries_[number].hot[HotPlace(hot)] != 0; }
  const CountKey& KeyOf(size_t number) const { return entries_[number].key; }
  // Of a key that is held; kNoKey if it is not.
  static constexpr size_t kNoKey = ~size_t{0};
  size_t NumberOf(const CountKey& key) const;

  // Bytes that a name takes, and those of all names.
  size_t NameBytesOf(size_t number) const {
    return with_names_ ? NameOf(number).size + kNameOverhead : 0;
  }
  size_t name_bytes() const { return names_.size(); }
  // Calls visit(number, rcode, count) for every key and code; a pair may come more than once.
  template <typename Visit>
  void ForEach(Visit visit) const;
  // The same for what is not counted in entries.
  template <typename Visit>
  void ForEachRare(Visit visit) const;
  // Calls visit(rcode, count) for what is counted without a key.
  template <typename Visit>
  void ForEachUnkeyed(Visit visit) const {
    unkeyed_.ForEach([&](uint64_t code, uint64_t count) {
      visit(Rcode::Unpack(static_cast<uint32_t>(code)), count);
    });
  }

 private:
  static constexpr std::array<uint16_t, kHotCodes> kHotCode = {kRcodeNoError, kRcodeNxDomain,
                                                               kRcodeServFail, kRcodeRefused};
  // The place of a packed code in kHotCode, or kHotCodes; codes behind the last are not hot.
  static constexpr std::array<uint8_t, 8> kHotPlace = {0, 4, 2, 1, 4, 3, 4, 4};
  static constexpr unsigned kRcodeBits = 18;                  // of Rcode::packed
  static constexpr uint64_t kGolden = 0x9e37'79b9'7f4a'7c15;  // 2^64 / golden ratio
  static constexpr uint32_t kLargestHot = 0xffff'ffff;

  struct Entry {
    CountKey key;
    HotCounts hot;
  };
  static_assert(sizeof(Entry) == 32);

  // One folded product is not enough: where half of the key is the same for all, as it is for IPv4
  // addresses, the hosts of a network and names that begin alike, it comes to a multiple of a
  // constant, and for one secret in a hundred addresses in a row lie on top of each other.
  LocatedKey At(CountKey disguised) const {
    const uint64_t once = KeyedHash64(disguised.low, disguised.high, spread_.low, spread_.high);
    const uint64_t hash = KeyedHash64(once, 0, spread_.high, kGolden);
    const size_t slot = SlotOf(hash);
    __builtin_prefetch(&index_[slot], 1);
    return {disguised, hash, static_cast<uint32_t>(slot)};
  }
  LocatedKey LocateOddSize(NameRef name) const;
  // Of the last 8 octets of a name, those that are not among its first 8, and zeros, which no name
  // goes on with behind the root's.
  static uint64_t BehindTheFirst(uint64_t octets, unsigned among_them) {
    return std::endian::native == std::endian::little ? octets >> among_them : octets << among_them;
  }
  size_t SlotOf(uint64_t hash) const {
    __extension__ typedef unsigned __int128 Wide;
    return static_cast<size_t>(Wide{hash} * slot_count_ >> 64);
  }
  size_t Behind(size_t slot) const { return slot + 1 == slot_count_ ? 0 : slot + 1; }
  // The bits of a hash that stand beside a number in the index, so that few other keys' entries are
  // looked at. SlotOf takes the upper end of a hash, this the lower.
  uint32_t TagOf(uint64_t hash) const { return static_cast<uint32_t>(hash) & ~number_mask_; }
  static size_t HotPlace(Rcode rcode) {
    return rcode.packed() < kHotPlace.size() ? kHotPlace[rcode.packed()] : kHotCodes;
  }
  uint32_t AddElsewhere(const LocatedKey& key, NameRef name, Rcode rcode);
  size_t FindOrInsert(const LocatedKey& key, NameRef name);
  bool Insert(size_t slot, const LocatedKey& key, NameRef name);
  void MergeBlock(const KeyCounts& other, size_t begin);
  void MergeRare(const KeyCounts& other, uint64_t packed, uint64_t count);
  uint64_t Forget();
  uint64_t ForgetRare();
  void ForgetNames();
  void BuildIndex();
  bool AddHot(size_t number, const HotCounts& counts);
  void AddAtOrOverflow(size_t number, Rcode rcode, uint64_t count);
  void AddAt(size_t number, Rcode rcode, uint64_t count);
  void AddOverflow(Rcode rcode, uint64_t count);

  static constexpr size_t kNameOverhead = 2;
  static constexpr uint32_t kForgotten = 0xffff'ffff;  // in the place of a new number

  uint64_t secret_;
  CountKey spread_;    // keys the hash of an address
  CountKey disguise_;  // keeps addresses out of sight of who would foresee their hashes
  bool with_names_;
  bool with_members_;
  size_t capacity_;       // keys that memory was taken for
  size_t limit_;          // keys that may be held
  size_t slot_count_;     // words of the index
  uint32_t number_mask_;  // the bits of a word that hold a number
  TableMemory index_memory_;
  TableMemory entry_memory_;
  TableMemory member_memory_;
  uint32_t* index_;  // tag and number + 1; 0: free
  Entry* entries_;
  uint64_t* members_;                   // by entry
  std::vector<uint32_t> used_;          // where an entry's word stands
  std::vector<uint32_t> name_offsets_;  // by entry
  std::vector<uint8_t> names_;          // size octet, label octet, name
  CountTable rare_;                     // entry << kRcodeBits | code
  CountTable unkeyed_;                  // by code
  uint64_t overflow_ = 0;
};

template <typename Visit>
void KeyCounts::ForEach(Visit visit) const {
  for (size_t number = 0; number < used_.size(); ++number) {
    const Entry& entry = entries_[number];
    for (size_t i = 0; i < kHotCodes; ++i) {
      if (entry.hot[i] != 0) visit(number, Rcode{RcodeSpace::kDns, kHotCode[i]}, entry.hot[i]);
    }
  }
  ForEachRare(visit);
}

template <typename Visit>
void KeyCounts::ForEachRare(Visit visit) const {
  rare_.ForEach([&](uint64_t key, uint64_t count) {
    const auto code = static_cast<uint32_t>(key & ((1U << kRcodeBits) - 1));
    visit(key >> kRcodeBits, Rcode::Unpack(code), count);
  });
}

template <typename MakeRoom>
void KeyCounts::MergeFrom(const KeyCounts& other, MakeRoom make_room) {
  for (size_t begin = 0; begin < other.used_.size(); begin += kMergeBlock) {
    make_room();
    MergeBlock(other, begin);
  }
  size_t left = 0;  // keys that a new one has room for
  other.rare_.ForEach([&](uint64_t packed, uint64_t count) {
    if (left == 0) {
      make_room();
      left = kMergeBlock;
    }
    --left;
    MergeRare(other, packed, count);
  });
  other.ForEachUnkeyed([&](Rcode rcode, uint64_t count) { AddUnkeyed(rcode, count); });
  overflow_ += other.overflow_;
}

template <typename Keep>
uint64_t KeyCounts::Retain(Keep keep) {
  // Nobody asks where in the index an entry stands until it is built anew: the new number takes
  // that place meanwhile.
  uint32_t kept = 0;
  for (size_t number = 0; number < used_.size(); ++number) {
    used_[number] = keep(number) ? kept++ : kForgotten;
  }
  return Forget();
}

}  // namespace rcodescope
