// What came in one step of a spike detector: a window, or several, put together by key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <absl/container/inlined_vector.h>

#include "aggregate/text_index.h"
#include "aggregate/window.h"

namespace rcodescope {

// One number for each code that is watched, at the code's place among them; few are.
using CodeValues = absl::InlinedVector<double, 4>;

// Responses of one key: all of them, and by code.
struct CodeCounts {
  double all = 0;
  CodeValues codes;
};

// The same of many keys, in the order in which they came.
class KeyedCounts {
 public:
  explicit KeyedCounts(size_t codes) : none_{0, CodeValues(codes)} {}

  size_t size() const { return keys_.size(); }
  const KeyText& key(size_t row) const { return keys_.key(row); }
  const CodeCounts& counts(size_t row) const { return rows_[row]; }
  CodeCounts& counts(size_t row) { return rows_[row]; }
  // Null where nothing came of it.
  const CodeCounts* Find(const KeyText& key) const {
    const uint32_t row = keys_.Find(key);
    return row == TextIndex::kNone ? nullptr : &rows_[row];
  }

  // The key's row, which is made where there is none.
  size_t RowOf(const KeyText& key) {
    const uint32_t row = keys_.At(key);
    if (row == rows_.size()) rows_.push_back(none_);
    return row;
  }
  // Valid until a key is added.
  CodeCounts& At(const KeyText& key) { return rows_[RowOf(key)]; }
  // All counts are `part` times as many.
  void Scale(double part);
  void Clear() {
    keys_.Clear();
    rows_.clear();
  }

 private:
  CodeCounts none_;
  TextIndex keys_;
  std::vector<CodeCounts> rows_;
};

class StepCounts {
 public:
  explicit StepCounts(std::span<const Rcode> codes);

  void Add(const Window& window);
  // All counts are `part` times as many.
  void Scale(double part);
  void Clear();

  int64_t length() const { return length_; }  // ns
  double completeness() const { return completeness_; }
  const CodeCounts& overall() const { return overall_; }
  const KeyedCounts& servers() const { return servers_; }
  const KeyedCounts& sites() const { return sites_; }
  const KeyedCounts& zones() const { return zones_; }
  // Of watched codes, as GroupOrder has them. A group's responses are `group_count` of it.
  const std::vector<ErrorGroup>& groups() const { return groups_; }
  double CountOf(const ErrorGroup& group) const {
    return static_cast<double>(group.responses) * scale_;
  }
  const std::vector<ErrorSpread>& spread() const { return spread_; }

  static constexpr size_t kNone = ~size_t{0};
  // The place of a code among those that are watched, or kNone.
  size_t PlaceOf(Rcode rcode) const {
    const uint32_t packed = rcode.packed();
    size_t place = 0;
    while (place < codes_.size() && codes_[place] != packed) ++place;
    return place < codes_.size() ? place : kNone;
  }

 private:
  void AddGroups(const Window& window);
  CodeCounts* UnlistedServer(const KeyText& name);
  void Count(const std::vector<RcodeCount>& rcodes, CodeCounts& counts) const;

  std::vector<uint32_t> codes_;  // packed
  int64_t length_ = 0;
  double completeness_ = 1;
  double scale_ = 1;
  CodeCounts overall_;
  KeyedCounts servers_;
  KeyedCounts sites_;
  KeyedCounts zones_;
  std::vector<bool> listed_;  // by row: servers that the window at hand has listed
  GroupOrder order_;
  std::vector<ErrorGroup> groups_;
  std::vector<ErrorSpread> spread_;
};

}  // namespace rcodescope
