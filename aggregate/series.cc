#include "aggregate/series.h"

namespace rcodescope {

void Series::Add(int64_t window, Rcode rcode, uint64_t count) {
  for (int doublings = axis_.Reach(window); doublings != 0; --doublings) Widen();
  steps_[axis_.StepOf(window)][rcode] += count;
}

void Series::Widen() {
  std::map<int64_t, std::map<Rcode, uint64_t>> wider;
  for (const auto& [step, rcodes] : steps_) {
    for (const auto& [rcode, count] : rcodes) wider[StepAxis::Half(step)][rcode] += count;
  }
  steps_ = std::move(wider);
}

void Series::Fold(Rcode from, Rcode to) {
  for (auto& [step, rcodes] : steps_) {
    const auto row = rcodes.find(from);
    if (row == rcodes.end()) continue;
    rcodes[to] += row->second;
    rcodes.erase(row);
  }
}

SeriesCount Series::Build() const {
  SeriesCount series;
  if (axis_.empty()) return series;
  const int64_t first = axis_.first();
  series.step = window_ * axis_.factor();
  series.begin = {first * series.step};
  series.steps = static_cast<size_t>(axis_.last() - first + 1);
  std::map<Rcode, std::vector<uint64_t>> rows;
  for (const auto& [step, rcodes] : steps_) {
    for (const auto& [rcode, count] : rcodes) {
      auto& row = rows[rcode];
      row.resize(series.steps);
      row[static_cast<size_t>(step - first)] = count;
    }
  }
  for (auto& [rcode, row] : rows) series.rcodes.emplace_back(rcode, std::move(row));
  return series;
}

}  // namespace rcodescope
