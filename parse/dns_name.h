// Domain names on the wire: passing over them, reading them, showing them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

namespace rcodescope {

inline constexpr size_t kLongestName = 255;  // wire octets with the root's, RFC 1035 §3.1
inline constexpr size_t kMostLabels = 127;   // of one octet each, without the root's
inline constexpr size_t kNameRoom = 272;     // to read one into: it is written in blocks of 16

// A name in wire form, uncompressed, ASCII lower case (RFC 4343 §3), the root's zero octet
// included. Borrowed. Empty (size 0) means that there is no name; the root has size 1.
struct NameRef {
  const uint8_t* data = nullptr;
  uint8_t size = 0;
  uint8_t labels = 0;  // without the root's

  bool empty() const { return size == 0; }
  friend bool operator==(const NameRef& a, const NameRef& b) {
    if (a.size != b.size) return false;
    return a.data == b.data || a.size == 0 || std::memcmp(a.data, b.data, a.size) == 0;
  }
};

// What SkipName answers in place of an offset; no name of a message ends as early.
inline constexpr size_t kNameBeyondEnd = 0;  // the message ends inside the name
inline constexpr size_t kNameInvalid = 1;    // a label of a kind that does not exist

// The offset behind the name that begins at `at`. Follows no pointer: a name ends at its first
// one (RFC 1035 §4.1.4). Label kinds 01 and 10 are invalid (RFC 6891 §5).
size_t SkipLabels(std::span<const std::byte> message, size_t at);
inline size_t SkipName(std::span<const std::byte> message, size_t at) {
  // Nearly all owners are one pointer, or the root: no branch tells these two apart.
  if (message.size() - at >= 2) [[likely]] {
    const auto octet = std::to_integer<uint8_t>(message[at]);
    const bool pointer = octet >= 0xc0;
    if (pointer || octet == 0) [[likely]]
      return at + 1 + (pointer ? 1 : 0);
  }
  return SkipLabels(message, at);
}

// Where the first label of the name at `at` stands, behind the pointers that lead there; 0 if they
// lead nowhere, or are more than anybody writes.
size_t FirstLabel(std::span<const std::byte> message, size_t at);

// Where the last labels of a name begin, an octet each, the last one's lowest: what whoever reads a
// name has seen, and whoever cuts it needs.
struct LabelStarts {
  static constexpr int kKept = 8;

  uint64_t octets = 0;

  void Append(size_t start) { octets = octets << 8 | start; }
  // Of the `count`th label from the end, 1 to kKept.
  size_t Of(int count) const { return octets >> 8 * (count - 1) & 0xff; }
};

// Reads the name at `at` into `out` (kNameRoom bytes), following pointers, each of which must
// point to before the name that holds it (RFC 1035 §4.1.4), so that no loop can be, and no more of
// them than anybody writes. Answers with an empty name when it cannot be read. `starts`: of its
// labels.
NameRef ReadName(std::span<const std::byte> message, size_t at, uint8_t* out, LabelStarts& starts);
inline NameRef ReadName(std::span<const std::byte> message, size_t at, uint8_t* out) {
  LabelStarts unused;
  return ReadName(message, at, out, unused);
}

// A name to be cut at its last labels.
class LastLabels {
 public:
  LastLabels(NameRef name, LabelStarts starts) : name_(name), starts_(starts) {}
  explicit LastLabels(NameRef name) : name_(name) {
    size_t at = 0;
    for (unsigned label = 0; label < name.labels; ++label) {
      starts_.Append(at);
      at += size_t{1} + name.data[at];
    }
  }

  const NameRef& name() const { return name_; }
  LabelStarts starts() const { return starts_; }  // of the name that was given, cut or not
  int labels() const { return name_.labels; }
  // The last `count` labels, ≥ 0; all of the name when it has no more.
  [[gnu::always_inline]] NameRef Suffix(int count) const {
    if (count >= name_.labels) return name_;
    const size_t at = StartOf(count);
    return {name_.data + at, static_cast<uint8_t>(name_.size - at), static_cast<uint8_t>(count)};
  }
  // The same, to be cut again.
  LastLabels Cut(int count) const {
    LastLabels rest = *this;
    rest.name_ = Suffix(count);
    rest.cut_ += static_cast<uint8_t>(name_.size - rest.name_.size);
    return rest;
  }

 private:
  [[gnu::always_inline]] size_t StartOf(int count) const {
    if (count == 0) return name_.size - size_t{1};
    return count <= LabelStarts::kKept ? starts_.Of(count) - cut_ : Walk(count);
  }
  [[gnu::noinline]] size_t Walk(int count) const {
    size_t at = 0;
    for (int left = name_.labels; left > count; --left) at += size_t{1} + name_.data[at];
    return at;
  }

  NameRef name_;
  LabelStarts starts_;
  uint8_t cut_ = 0;  // octets in front
};

// The part of `name` that begins at octet `at`; empty unless a label (or the root) begins there.
NameRef SuffixAt(NameRef name, size_t at);

// Presentation form (RFC 1035 §5.1) with a trailing dot, printable ASCII: a dot or backslash in a
// label is written \. and \\, any other byte outside 0x21–0x7e, and the quotation mark, as \DDD.
std::string PresentationForm(NameRef name);

}  // namespace rcodescope
