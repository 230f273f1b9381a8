#include "aggregate/group_history.h"

namespace rcodescope {
namespace {

constexpr size_t kMostSteps = 48;
constexpr size_t kRoomKept = 4;  // times as many groups as were in it: more memory is given back

}  // namespace

void GroupHistory::BeginStep() {
  steps_.push_back(std::exchange(spare_, {}));
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
  Step& oldest = steps_.front();
  if (oldest.capacity() <= kRoomKept * oldest.size()) {
    oldest.clear();
    spare_ = std::move(oldest);
  }
  steps_.pop_front();
}

std::deque<GroupHistory::Step> GroupHistory::Take(size_t steps) {
  while (steps_.size() > steps) LearnOldest();
  groups_ = 0;
  return std::exchange(steps_, {});
}

void GroupHistory::Drop() {
  steps_.clear();
  groups_ = 0;
}

}  // namespace rcodescope
