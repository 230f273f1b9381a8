#include "aggregate/series.h"

namespace rcodescope {
namespace {

int64_t FloorDivide(int64_t a, int64_t b) { return SliceOf({a}, b); }

}  // namespace

void Series::Add(int64_t window, Rcode rcode, uint64_t count) {
  steps_[FloorDivide(window, factor_)][rcode] += count;
  while (steps_.rbegin()->first - steps_.begin()->first >= kMostSteps) Widen();
}

void Series::Widen() {
  std::map<int64_t, std::map<Rcode, uint64_t>> wider;
  for (const auto& [step, rcodes] : steps_) {
    for (const auto& [rcode, count] : rcodes) wider[FloorDivide(step, 2)][rcode] += count;
  }
  steps_ = std::move(wider);
  factor_ *= 2;
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
  if (steps_.empty()) return series;
  const int64_t first = steps_.begin()->first;
  series.step = window_ * factor_;
  series.begin = {first * series.step};
  series.steps = static_cast<size_t>(steps_.rbegin()->first - first + 1);
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
