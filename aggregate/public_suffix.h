// The public suffix list: below which names anyone may register.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "parse/dns_name.h"

namespace rcodescope {

// The ICANN section of the list (https://publicsuffix.org/list/): names below its rules are
// delegated by registries, so that a suffix and one label are where a zone is likely cut. The
// private section (github.io, …) tells who owns a name, not where zones begin, and is left out.
// Immutable; safe to read from any thread.
class PublicSuffixList {
 public:
  // Reads the list's text file. `secret` keys the table. NotFound or InvalidArgument name the
  // file and, where it is a line, the line.
  static absl::StatusOr<PublicSuffixList> Load(const std::string& path, uint64_t secret);

  // What the list says of a name.
  struct Suffix {
    int labels = 0;       // of its public suffix
    bool listed = false;  // its last label stands in the list
  };
  // The public suffix of `name`. A name below no rule has one label: its last (the list's
  // prevailing rule "*"). The root has 0.
  [[gnu::always_inline]] Suffix SuffixOf(const LastLabels& name) const {
    if (name.labels() == 0) return {};
    const uint8_t flags = LookupTopLabel(name);
    if ((flags & (kHasChildren | kWildcard | kException)) == 0) [[likely]]
      return {1, flags != 0};
    return {SuffixBelow(name, flags), true};
  }

 private:
  enum Flag : uint8_t { kRule = 1, kWildcard = 2, kException = 4, kHasChildren = 8 };
  // The upper 56 bits of a suffix's hash, and its flags; 0: free. One word, so that the whole table
  // stays in a core's cache.
  using Slot = uint64_t;
  static constexpr uint64_t kFlags = 0xff;

  explicit PublicSuffixList(uint64_t secret) : secret_(secret) {}
  absl::Status AddLine(std::string line);
  void AddRule(const std::string& wire, uint8_t flag);
  void Mark(const uint8_t* suffix, size_t size, uint8_t flag);
  uint8_t Lookup(NameRef suffix) const;
  uint64_t HashOf(const uint8_t* suffix, size_t size) const;
  void MarkTopLabel(const uint8_t* suffix, size_t size, uint8_t flag);
  int SuffixBelow(const LastLabels& name, uint8_t top_flags) const;

  // The flags of the last label of a name that has one.
  [[gnu::always_inline]] uint8_t LookupTopLabel(const LastLabels& name) const {
    const NameRef suffix = name.Suffix(1);
    const size_t length = suffix.size - size_t{1};  // without the root's octet
    if (length > kShortLabel + 1 || name.name().size < 9) return Lookup(suffix);
    // The name's last 8 octets but the root's, those before its last label shifted out.
    const uint64_t label = LoadLittle(suffix.data + length - 8) >> 8 * (8 - length);
    for (size_t i = TopSlotOf(label); top_labels_[i] != 0; i = (i + 1) % kTopSlots) {
      if (top_labels_[i] == label) return top_flags_[i];
    }
    return 0;
  }
  static uint64_t LoadLittle(const uint8_t* at) {
    uint64_t value;
    std::memcpy(&value, at, sizeof(value));
    return std::endian::native == std::endian::little ? value : __builtin_bswap64(value);
  }

  // Short top-level domains, which nearly all names end in, have a table of their own, where they
  // are their own keys: the label with its length octet as an integer; 0: free.
  static constexpr size_t kShortLabel = 7;
  static constexpr size_t kTopSlots = 1 << 12;  // there are some 1,500 top-level domains
  static constexpr size_t kMarks = 1 << 16;
  bool IsMarked(uint64_t hash) const {
    const uint64_t mark = hash >> 48;
    return (marked_[mark / 64] >> mark % 64 & 1) != 0;
  }
  static size_t TopSlotOf(uint64_t label) {
    return label * 0x9e3779b97f4a7c15 >> 52;  // 2^64 / golden ratio; 12 bits
  }

  uint64_t secret_;
  std::vector<Slot> slots_;
  std::vector<uint64_t> top_labels_;
  std::vector<uint8_t> top_flags_;
  std::vector<uint64_t> marked_;  // a bit for each of kMarks; most names need look no further
  size_t used_ = 0;
};

}  // namespace rcodescope
