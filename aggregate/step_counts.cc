#include "aggregate/step_counts.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace rcodescope {

size_t StepCounts::PlaceOf(Rcode rcode) const {
  const auto place = std::find(codes_.begin(), codes_.end(), rcode);
  return place == codes_.end() ? kNone : static_cast<size_t>(place - codes_.begin());
}

CodeCounts& StepCounts::At(Keys& keys, const std::string& key) {
  CodeCounts& counts = keys[key];
  counts.codes.resize(codes_.size());
  return counts;
}

void StepCounts::Count(const std::vector<RcodeCount>& rcodes, CodeCounts& counts) {
  for (const RcodeCount& row : rcodes) {
    const auto responses = static_cast<double>(row.responses);
    counts.all += responses;
    const size_t place = PlaceOf(row.rcode);
    if (place != kNone) counts.codes[place] += responses;
  }
}

void StepCounts::Add(const Window& window) {
  const int64_t length = length_ + window.length;
  const double part = static_cast<double>(window.length) / static_cast<double>(length);
  completeness_ += part * (window.completeness - completeness_);
  length_ = length;
  Count(window.rcodes, overall_);
  for (const ServerWindow& server : window.servers) {
    Count(server.rcodes, At(servers_, server.server));
  }
  AddGroups(window);
  for (const SiteWindow& site : window.sites) Count(site.rcodes, At(sites_, site.site));
  spread_.insert(spread_.end(), window.spread.begin(), window.spread.end());
}

void StepCounts::AddGroups(const Window& window) {
  for (const ErrorGroup& group : window.errors) {
    if (PlaceOf(group.rcode) != kNone) groups_.push_back(group);
  }
  SortAndSum(groups_);
  std::unordered_set<std::string_view> listed;
  for (const ServerWindow& server : window.servers) listed.insert(server.server);
  CodeCounts* zone_counts = nullptr;
  const KeyText* zone = nullptr;  // of `zone_counts`: groups of a zone come in a row
  for (const ErrorGroup& group : window.errors) {
    const size_t place = PlaceOf(group.rcode);
    if (place == kNone) continue;
    const auto responses = static_cast<double>(group.responses);
    if (!group.zone.empty()) {
      if (zone == nullptr || *zone != group.zone) zone_counts = &At(zones_, group.zone);
      zone = &group.zone;
      zone_counts->codes[place] += responses;
    }
    if (group.server.empty() || listed.contains(group.server)) continue;
    CodeCounts& server = At(servers_, group.server);
    server.codes[place] += responses;
    server.all += responses;
  }
}

void StepCounts::Scale(double part) {
  scale_ *= part;
  const auto scale = [part](CodeCounts& counts) {
    counts.all *= part;
    for (double& count : counts.codes) count *= part;
  };
  scale(overall_);
  for (Keys* keys : {&servers_, &sites_, &zones_}) {
    for (auto& [key, counts] : *keys) scale(counts);
  }
}

void StepCounts::Clear() {
  length_ = 0;
  completeness_ = 1;
  scale_ = 1;
  overall_ = {0, std::vector<double>(codes_.size())};
  servers_.clear();
  sites_.clear();
  zones_.clear();
  groups_.clear();
  spread_.clear();
}

}  // namespace rcodescope
