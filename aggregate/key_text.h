// The name of a key: a zone, an address, a network. It never changes, so that copies share it.
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "parse/keyed_hash.h"

namespace rcodescope {

// As large as a pointer; a copy allocates nothing. Reads like a std::string. All copies belong to
// one thread.
class KeyText {
 public:
  KeyText() = default;
  template <std::convertible_to<std::string_view> Text>
  KeyText(const Text& text) : KeyText(Make(text)) {}  // NOLINT: any text is meant
  KeyText(const KeyText& other) : entry_(other.entry_) {
    if (entry_ != nullptr) ++entry_->copies;
  }
  KeyText(KeyText&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)) {}
  KeyText& operator=(KeyText other) noexcept {
    std::swap(entry_, other.entry_);
    return *this;
  }
  ~KeyText() {
    if (entry_ != nullptr && --entry_->copies == 0) delete entry_;
  }

  bool empty() const { return entry_ == nullptr; }
  void clear() { *this = KeyText(); }
  const std::string& str() const { return entry_ == nullptr ? Nothing() : entry_->text; }
  operator const std::string&() const { return str(); }  // NOLINT: it is one
  operator std::string_view() const { return str(); }    // NOLINT

  // The same in every run; 0 of the empty text.
  uint64_t hash() const { return entry_ == nullptr ? 0 : entry_->hash; }
  // Whether nobody else has a copy.
  bool sole() const { return entry_ == nullptr || entry_->copies == 1; }

  friend bool operator==(const KeyText& a, const KeyText& b) {
    return a.entry_ == b.entry_ || (a.hash() == b.hash() && a.str() == b.str());
  }
  friend std::strong_ordering operator<=>(const KeyText& a, const KeyText& b) {
    return a.entry_ == b.entry_ ? std::strong_ordering::equal : a.str() <=> b.str();
  }
  template <std::convertible_to<std::string_view> Text>
  requires(!std::same_as<Text, KeyText>) friend bool operator==(const KeyText& a, const Text& b) {
    return a.str() == std::string_view(b);
  }

 private:
  struct Entry {
    uint64_t hash;
    uint32_t copies;
    std::string text;
  };

  static KeyText Make(std::string_view text) {
    KeyText made;
    if (!text.empty()) {
      made.entry_ = new Entry{KeyedHash64(text.data(), text.size(), 0), 1, std::string(text)};
    }
    return made;
  }
  static const std::string& Nothing() {
    static const std::string nothing;
    return nothing;
  }

  Entry* entry_ = nullptr;
};
static_assert(sizeof(KeyText) == sizeof(void*));

}  // namespace rcodescope
