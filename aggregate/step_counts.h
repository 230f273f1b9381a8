// What came in one step of a spike detector: a window, or several, put in order by key.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "aggregate/window.h"

namespace rcodescope {

// Responses of one key: all of them, and by code, at the code's place among those that are watched.
struct CodeCounts {
  double all = 0;
  std::vector<double> codes;
};

class StepCounts {
 public:
  using Keys = std::map<std::string, CodeCounts, std::less<>>;

  explicit StepCounts(std::span<const Rcode> codes) : codes_(codes.begin(), codes.end()) {
    Clear();
  }

  void Add(const Window& window);
  // All counts are `part` times as many.
  void Scale(double part);
  void Clear();

  int64_t length() const { return length_; }  // ns
  double completeness() const { return completeness_; }
  const CodeCounts& overall() const { return overall_; }
  const Keys& servers() const { return servers_; }
  const Keys& sites() const { return sites_; }
  const Keys& zones() const { return zones_; }
  // Of watched codes. A group's responses are `group_count` of it.
  const std::vector<ErrorGroup>& groups() const { return groups_; }
  double CountOf(const ErrorGroup& group) const {
    return static_cast<double>(group.responses) * scale_;
  }
  const std::vector<ErrorSpread>& spread() const { return spread_; }

  static constexpr size_t kNone = ~size_t{0};
  // The place of a code among those that are watched, or kNone.
  size_t PlaceOf(Rcode rcode) const;

 private:
  CodeCounts& At(Keys& keys, const std::string& key);
  void AddGroups(const Window& window);
  void Count(const std::vector<RcodeCount>& rcodes, CodeCounts& counts);

  std::vector<Rcode> codes_;
  int64_t length_ = 0;
  double completeness_ = 1;
  double scale_ = 1;
  CodeCounts overall_;
  Keys servers_;
  Keys sites_;
  Keys zones_;
  std::vector<ErrorGroup> groups_;
  std::vector<ErrorSpread> spread_;
};

}  // namespace rcodescope
