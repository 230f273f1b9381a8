#include "aggregate/public_suffix.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <fstream>

#include <idn2.h>

#include "absl/strings/str_cat.h"
#include "parse/keyed_hash.h"

namespace rcodescope {
namespace {

constexpr size_t kSlots = 1 << 14;  // the list has some 7,000 rules
constexpr int kDeepest = 8;         // labels of the longest rule that is looked for

// A rule as DNS carries it: A-labels for what is not ASCII (RFC 5890 §2.3.2.1), which nearly every
// rule is. Empty when it cannot be.
std::string Ascii(const std::string& rule) {
  const bool plain = std::all_of(rule.begin(), rule.end(), [](char c) {
    return c == '.' || c == '-' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
  if (plain) return rule;
  char* ascii = nullptr;
  if (idn2_lookup_u8(reinterpret_cast<const uint8_t*>(rule.c_str()),
                     reinterpret_cast<uint8_t**>(&ascii), IDN2_NFC_INPUT) != IDN2_OK) {
    return {};
  }
  const std::string name(ascii);
  idn2_free(ascii);
  return name;
}

// A rule in wire form; empty when it is not a name.
std::string WireForm(const std::string& rule) {
  const std::string name = Ascii(rule);
  if (name.empty()) return {};
  std::string wire;
  for (size_t at = 0; at <= name.size();) {
    const size_t end = std::min(name.find('.', at), name.size());
    if (end == at || end - at > 63) return {};
    wire += static_cast<char>(end - at);
    wire += name.substr(at, end - at);
    at = end + 1;
  }
  wire += '\0';
  return wire;
}

}  // namespace

absl::StatusOr<PublicSuffixList> PublicSuffixList::Load(const std::string& path, uint64_t secret) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": cannot be opened"));
  PublicSuffixList list(secret);
  list.slots_.resize(kSlots);
  list.top_labels_.resize(kTopSlots);
  list.top_flags_.resize(kTopSlots);
  list.marked_.resize(kMarks / 64);
  bool in_icann = false;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.find("===BEGIN ICANN DOMAINS===") != std::string::npos) in_icann = true;
    if (line.find("===END ICANN DOMAINS===") != std::string::npos) in_icann = false;
    if (!in_icann || line.empty() || line.starts_with("//")) continue;
    if (list.used_ > kSlots / 4 * 3) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": has too many rules"));
    }
    if (absl::Status status = list.AddLine(line); !status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ":", number, ": ", std::string(status.message())));
    }
  }
  if (!list.SuffixOf(LastLabels({reinterpret_cast<const uint8_t*>("\3com"), 5, 1})).listed) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is not a public suffix list"));
  }
  return list;
}

// Rules: https://github.com/publicsuffix/list/wiki/Format
absl::Status PublicSuffixList::AddLine(std::string line) {
  line = line.substr(0, line.find_first_of(" \t\r"));
  uint8_t flag = kRule;
  if (line.starts_with("!")) {
    flag = kException;
    line.erase(0, 1);
  } else if (line.starts_with("*.")) {
    flag = kWildcard;
    line.erase(0, 2);
  }
  const std::string wire = WireForm(line);
  if (wire.empty()) return absl::InvalidArgumentError(absl::StrCat("not a name: ", line));
  AddRule(wire, flag);
  return absl::OkStatus();
}

void PublicSuffixList::AddRule(const std::string& wire, uint8_t flag) {
  const auto* data = reinterpret_cast<const uint8_t*>(wire.data());
  Mark(data, wire.size(), flag);
  for (size_t at = size_t{1} + data[0]; data[at] != 0; at += size_t{1} + data[at]) {
    Mark(data + at, wire.size() - at, kHasChildren);
  }
}

uint64_t PublicSuffixList::HashOf(const uint8_t* suffix, size_t size) const {
  return KeyedHash64(suffix, size, secret_) & ~kFlags;
}

void PublicSuffixList::Mark(const uint8_t* suffix, size_t size, uint8_t flag) {
  const uint64_t hash = HashOf(suffix, size);
  size_t i = hash / (kFlags + 1) % kSlots;
  while (slots_[i] != 0 && (slots_[i] & ~kFlags) != hash) i = (i + 1) % kSlots;
  if (slots_[i] == 0) ++used_;
  slots_[i] |= hash | flag;
  marked_[(hash >> 48) / 64] |= uint64_t{1} << (hash >> 48) % 64;
  if (suffix[size_t{1} + suffix[0]] == 0 && suffix[0] <= kShortLabel) {
    MarkTopLabel(suffix, size, flag);
  }
}

void PublicSuffixList::MarkTopLabel(const uint8_t* suffix, size_t size, uint8_t flag) {
  std::array<uint8_t, 8> padded{};
  std::memcpy(padded.data(), suffix, size - 1);
  const uint64_t label = LoadLittle(padded.data());
  size_t i = TopSlotOf(label);
  while (top_labels_[i] != 0 && top_labels_[i] != label) i = (i + 1) % kTopSlots;
  top_labels_[i] = label;
  top_flags_[i] |= flag;
}

uint8_t PublicSuffixList::Lookup(NameRef suffix) const {
  const uint64_t hash = HashOf(suffix.data, suffix.size);
  if (!IsMarked(hash)) return 0;
  for (size_t i = hash / (kFlags + 1) % kSlots; slots_[i] != 0; i = (i + 1) % kSlots) {
    if ((slots_[i] & ~kFlags) == hash) return static_cast<uint8_t>(slots_[i] & kFlags);
  }
  return 0;
}

int PublicSuffixList::SuffixBelow(const LastLabels& name, uint8_t top_flags) const {
  const int deepest = std::min(name.labels(), kDeepest);
  int suffix = 1;
  for (int labels = 1; labels <= deepest; ++labels) {
    const uint8_t flags = labels == 1 ? top_flags : Lookup(name.Suffix(labels));
    if ((flags & kException) != 0) return labels - 1;
    if ((flags & kRule) != 0) suffix = labels;
    if ((flags & kWildcard) != 0) suffix = std::min(labels + 1, name.labels());
    if ((flags & (kHasChildren | kWildcard)) == 0) break;
  }
  return suffix;
}

}  // namespace rcodescope
