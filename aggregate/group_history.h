// The error groups of the last steps, which may turn out to be part of a spike.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "aggregate/spike_evidence.h"
#include "aggregate/window.h"

namespace rcodescope {

// Of one code. What is too old to be part of one, or too much to be kept, becomes usual.
class GroupHistory {
 public:
  // `most`: groups kept; as many combinations twice over are remembered as usual.
  GroupHistory(double memory, size_t most) : most_(most), usual_(memory, 2 * most) {}

  void BeginStep();
  void Add(const ErrorGroup& group, double count);

  using Step = std::vector<std::pair<ErrorGroup, double>>;
  // Of the `steps` last ones, the oldest first, those groups are taken out for which
  // belongs(group) is true: take(rows of one step). What is before them becomes usual.
  using Belongs = std::function<bool(const ErrorGroup& group)>;
  using TakeRows = std::function<void(std::span<const Step::value_type> rows)>;
  void Take(size_t steps, const Belongs& belongs, const TakeRows& take);
  // None of them becomes usual.
  void Drop();

  size_t most() const { return most_; }
  // The oldest first.
  const std::deque<Step>& steps() const { return steps_; }
  const UsualGroups& usual() const { return usual_; }

 private:
  void LearnOldest();

  size_t most_;
  UsualGroups usual_;
  std::deque<Step> steps_;
  size_t groups_ = 0;
};

}  // namespace rcodescope
