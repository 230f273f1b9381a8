#include "aggregate/group_history.h"

#include <algorithm>

namespace rcodescope {
namespace {

constexpr size_t kMostSteps = 48;

}  // namespace

void GroupHistory::BeginStep() {
  size_t about = 0;  // as many as in the last step
  if (!steps_.empty()) {
    about = steps_.back().size();
    steps_.back().shrink_to_fit();
  }
  steps_.emplace_back().reserve(about);
  while (steps_.size() > kMostSteps || (groups_ > most_ && steps_.size() > 1)) LearnOldest();
}

void GroupHistory::Add(const ErrorGroup& group, double count) {
  steps_.back().emplace_back(group, count);
  ++groups_;
}

void GroupHistory::LearnOldest() {
  usual_.BeginStep();
  for (const auto& [group, count] : steps_.front()) usual_.Learn(group, count);
  groups_ -= steps_.front().size();
  steps_.pop_front();
}

void GroupHistory::Take(size_t steps, const Belongs& belongs, const TakeRows& take) {
  while (steps_.size() > steps) LearnOldest();
  groups_ = 0;
  for (Step& step : steps_) {
    const auto first = std::stable_partition(step.begin(), step.end(),
                                             [&](const auto& row) { return !belongs(row.first); });
    take({first, step.end()});
    step.erase(first, step.end());
    step.shrink_to_fit();
    groups_ += step.size();
  }
}

void GroupHistory::Drop() {
  steps_.clear();
  groups_ = 0;
}

}  // namespace rcodescope
