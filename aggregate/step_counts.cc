#include "aggregate/step_counts.h"

#include <algorithm>

namespace rcodescope {
namespace {

void Multiply(CodeCounts& counts, double part) {
  counts.all *= part;
  for (double& count : counts.codes) count *= part;
}

}  // namespace

void KeyedCounts::Scale(double part) {
  for (CodeCounts& row : rows_) Multiply(row, part);
}

StepCounts::StepCounts(std::span<const Rcode> codes)
    : overall_{0, CodeValues(codes.size())},
      servers_(codes.size()),
      sites_(codes.size()),
      zones_(codes.size()) {
  for (const Rcode code : codes) codes_.push_back(code.packed());
}

void StepCounts::Count(const std::vector<RcodeCount>& rcodes, CodeCounts& counts) const {
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
  listed_.clear();
  for (const ServerWindow& server : window.servers) {
    const size_t row = servers_.RowOf(server.server);
    Count(server.rcodes, servers_.counts(row));
    listed_.resize(servers_.size());
    listed_[row] = true;
  }
  AddGroups(window);
  for (const SiteWindow& site : window.sites) Count(site.rcodes, sites_.At(site.site));
  spread_.insert(spread_.end(), window.spread.begin(), window.spread.end());
}

// Groups of a zone come in a row, and so do those of its servers.
void StepCounts::AddGroups(const Window& window) {
  const ErrorGroup* last = nullptr;
  CodeCounts* zone = nullptr;    // that of `last`
  CodeCounts* server = nullptr;  // the same, where the window has not listed it
  for (const ErrorGroup& group : window.errors) {
    const size_t place = PlaceOf(group.rcode);
    if (place == kNone) continue;
    groups_.push_back(group);
    if (last == nullptr || last->zone != group.zone) {
      zone = group.zone.empty() ? nullptr : &zones_.At(group.zone);
    }
    if (last == nullptr || last->server != group.server) {
      server = group.server.empty() ? nullptr : UnlistedServer(group.server);
    }
    last = &group;
    const auto responses = static_cast<double>(group.responses);
    if (zone != nullptr) zone->codes[place] += responses;
    if (server == nullptr) continue;
    server->codes[place] += responses;
    server->all += responses;
  }
  order_.SortAndSum(groups_);
}

// Null where the window has listed it: then it is counted.
CodeCounts* StepCounts::UnlistedServer(const KeyText& name) {
  const size_t row = servers_.RowOf(name);
  return row < listed_.size() && listed_[row] ? nullptr : &servers_.counts(row);
}

void StepCounts::Scale(double part) {
  scale_ *= part;
  Multiply(overall_, part);
  for (KeyedCounts* keys : {&servers_, &sites_, &zones_}) keys->Scale(part);
}

void StepCounts::Clear() {
  length_ = 0;
  completeness_ = 1;
  scale_ = 1;
  overall_ = {0, CodeValues(codes_.size())};
  for (KeyedCounts* keys : {&servers_, &sites_, &zones_}) keys->Clear();
  groups_.clear();
  spread_.clear();
}

}  // namespace rcodescope
