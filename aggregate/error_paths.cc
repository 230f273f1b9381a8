#include "aggregate/error_paths.h"

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

#include "aggregate/tracked_keys.h"

namespace rcodescope {
namespace {

uint64_t WeightOfGroup(const ErrorGroup& group) { return group.responses * WeightOf(group.rcode); }

// Of unassigned codes there may be thousands; only so many are told apart where groups are folded.
constexpr size_t kMostCodes = 64;

void AddTo(std::vector<ErrorGroup>& rest, ErrorGroup&& group) {
  const auto find = [&] {
    return std::find_if(rest.begin(), rest.end(),
                        [&](const ErrorGroup& one) { return one.rcode == group.rcode; });
  };
  auto same = find();
  if (same == rest.end() && rest.size() >= kMostCodes && !IsAssigned(group.rcode)) {
    group.rcode.code = kOtherCode;
    same = find();
  }
  if (same == rest.end()) {
    rest.push_back(std::move(group));
  } else {
    same->responses += group.responses;
  }
}

}  // namespace

void ErrorPaths::Add(const Window& window) {
  for (const ErrorGroup& group : window.errors) {
    groups_.push_back({.rcode = group.rcode,
                       .zone = group.zone,
                       .server = group.server,
                       .client = group.client,
                       .responses = group.responses});
    if (groups_.size() < kRoom * most_) continue;
    order_.SortAndSum(groups_);
    if (groups_.size() > kDifferent * most_) Fold(groups_, most_);
  }
}

void ErrorPaths::Fold(std::vector<ErrorGroup>& groups, size_t most) {
  while (groups.size() > most && FoldUpTo(WeightAt(most / 2, groups), groups)) {
  }
}

// The weight than which only `place` groups have more.
uint64_t ErrorPaths::WeightAt(size_t place, const std::vector<ErrorGroup>& groups) {
  weights_.clear();
  for (const ErrorGroup& group : groups) weights_.push_back(WeightOfGroup(group));
  const auto nth = weights_.begin() + static_cast<std::ptrdiff_t>(place);
  std::nth_element(weights_.begin(), nth, weights_.end(), std::greater<>());
  return *nth;
}

// What has no more than `weight` goes a level up, and on from there where it still has no more.
// Groups are ordered by zone and server; each place that is written has been read. False where
// nothing went up: all that has so little is known by its code alone.
bool ErrorPaths::FoldUpTo(uint64_t weight, std::vector<ErrorGroup>& groups) {
  size_t kept = 0;
  bool moved = false;
  const auto leave = [&](Rest& rest, KeyText ErrorGroup::*key, Rest& above) {
    for (ErrorGroup& group : rest) {
      if (!(group.*key).empty() && WeightOfGroup(group) > weight) {
        groups[kept++] = std::move(group);
      } else {
        moved |= !(group.*key).empty();
        (group.*key).clear();
        AddTo(above, std::move(group));
      }
    }
    rest.clear();
  };
  KeyText zone;
  KeyText server;
  for (size_t i = 0; i < groups.size(); ++i) {
    ErrorGroup group = std::move(groups[i]);
    const bool same_zone = group.zone == zone;
    if (!same_zone || group.server != server) {
      leave(of_server_, &ErrorGroup::server, of_zone_);
      server = group.server;
    }
    if (!same_zone) {
      leave(of_zone_, &ErrorGroup::zone, of_code_);
      zone = group.zone;
    }
    if (!group.client.empty() && WeightOfGroup(group) > weight) {
      groups[kept++] = std::move(group);
    } else {
      moved |= !group.client.empty();
      group.client.clear();
      AddTo(of_server_, std::move(group));
    }
  }
  leave(of_server_, &ErrorGroup::server, of_zone_);
  leave(of_zone_, &ErrorGroup::zone, of_code_);
  for (ErrorGroup& group : of_code_) groups[kept++] = std::move(group);
  of_code_.clear();
  groups.resize(kept);
  return moved;
}

std::vector<ErrorPath> ErrorPaths::Build(
    size_t most, const std::function<Rcode(Rcode)>& shown_as,
    const std::function<std::string(const std::string&)>& client_as) {
  std::vector<ErrorGroup> groups = groups_;
  for (ErrorGroup& group : groups) group.rcode = shown_as(group.rcode);
  order_.SortAndSum(groups);
  Fold(groups, most);
  order_.SortAndSum(groups);
  std::vector<ErrorPath> paths;
  for (const ErrorGroup& group : groups) {
    paths.push_back({.rcode = group.rcode,
                     .zone = group.zone,
                     .server = group.server,
                     .client = client_as(group.client),
                     .responses = group.responses});
  }
  const auto keys = [](const ErrorPath& path) {
    return std::tie(path.rcode, path.zone, path.server, path.client);
  };
  std::sort(paths.begin(), paths.end(), [&](const ErrorPath& a, const ErrorPath& b) {
    return a.responses != b.responses ? a.responses > b.responses : keys(a) < keys(b);
  });
  return paths;
}

}  // namespace rcodescope
