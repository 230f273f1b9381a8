#include "aggregate/spike_evidence.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace rcodescope {
namespace {

constexpr size_t kMostRows = 8'192;
constexpr double kFading = 0.98;        // of evidence, in a step
constexpr double kLargestScale = 1e12;  // then all weights are made smaller

auto KeysOf(const ErrorGroup& group) {
  return std::tie(group.rcode, group.zone, group.server, group.client, group.qtype,
                  group.info_code);
}

}  // namespace

void UsualGroups::BeginStep() {
  ++steps_;
  scale_ *= 1 + 1 / memory_;
  if (scale_ < kLargestScale) return;
  for (auto& [hash, weight] : weights_) weight /= scale_;
  scale_ = 1;
}

void UsualGroups::Learn(const ErrorGroup& group, double count) {
  weights_[HashOf(group)] += count * scale_;
  if (weights_.size() > most_) Shrink();
}

double UsualGroups::Rate(const ErrorGroup& group) const {
  const auto row = weights_.find(HashOf(group));
  if (row == weights_.end()) return 0;
  return row->second / scale_ / std::min(steps_, memory_);
}

void UsualGroups::Shrink() {
  ranked_.clear();
  for (const auto& [hash, weight] : weights_) ranked_.push_back(weight);
  const auto middle = ranked_.begin() + static_cast<ptrdiff_t>(ranked_.size() / 2);
  std::nth_element(ranked_.begin(), middle, ranked_.end());
  absl::erase_if(weights_, [least = *middle](const auto& row) { return row.second <= least; });
}

void SpikeEvidence::BeginStep() {
  steps_ = steps_ * kFading + 1;
  scale_ /= kFading;
  if (scale_ < kLargestScale) return;
  for (auto& [hash, row] : rows_) row.weight /= scale_;
  whole_ /= scale_;
  scale_ = 1;
}

void SpikeEvidence::Add(const ErrorGroup& group, double count) {
  Row& row = rows_[HashOf(group)];
  if (row.weight == 0) row.group = group;
  row.weight += count * scale_;
  whole_ += count * scale_;
  Bound(kMostRows);
}

void SpikeEvidence::Coarsen(size_t most) {
  std::vector<std::pair<uint64_t, Row>> rows;
  rows.reserve(rows_.size());
  for (auto& [hash, row] : rows_) rows.emplace_back(hash, std::move(row));
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return a.second.weight != b.second.weight ? a.second.weight > b.second.weight
                                              : a.first < b.first;
  });
  rows_.clear();
  for (size_t i = 0; i < rows.size(); ++i) {
    ErrorGroup group = std::move(rows[i].second.group);
    if (i > most / 2) group.client.clear();
    if (i > most / 2 && rows_.size() > most * 3 / 4) group.zone.clear();
    Row& row = rows_[HashOf(group)];
    row.weight += rows[i].second.weight;
    row.group = std::move(group);
  }
}

double SpikeEvidence::Mean() const { return whole_ / scale_ / std::max(steps_, 1.0); }

std::vector<Surplus> SpikeEvidence::Build(const UsualGroups& usual) const {
  std::vector<Surplus> surplus;
  for (const auto& [hash, row] : rows_) {
    const double more = CountOf(row) / std::max(steps_, 1.0) - usual.Rate(row.group);
    if (more > 0) surplus.push_back({row.group, more});
  }
  std::sort(surplus.begin(), surplus.end(), [](const Surplus& a, const Surplus& b) {
    return a.count != b.count ? a.count > b.count : KeysOf(a.group) < KeysOf(b.group);
  });
  return surplus;
}

}  // namespace rcodescope
