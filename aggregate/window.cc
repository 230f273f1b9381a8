#include "aggregate/window.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "parse/keyed_hash.h"

namespace rcodescope {
namespace {

constexpr uint64_t kOdd = 0x9e37'79b9'7f4a'7c15;  // 2^64 / golden ratio

bool SameKeys(const ErrorGroup& a, const ErrorGroup& b) {
  return a.rcode == b.rcode && a.zone == b.zone && a.server == b.server && a.client == b.client &&
         a.qtype == b.qtype && a.info_code == b.info_code;
}

}  // namespace

uint64_t HashOf(const ErrorGroup& group) {
  const uint64_t numbers = uint64_t{group.rcode.packed()} << 40 | uint64_t{group.qtype} << 20 |
                           (static_cast<uint32_t>(group.info_code) & 0xfffffU);
  const uint64_t names = KeyedHash64(group.zone.hash(), group.server.hash(), kOdd, ~kOdd);
  return KeyedHash64(names ^ group.client.hash(), numbers, ~kOdd, kOdd);
}

GroupOrder::Place GroupOrder::PlaceOf(const ErrorGroup& group, size_t index) {
  constexpr uint64_t kUpper = 0xffff'ffff'0000'0000;
  return {(group.zone.hash() & kUpper) | group.server.hash() >> 32, HashOf(group), index};
}

void GroupOrder::SortAndSum(std::vector<ErrorGroup>& groups) {
  constexpr size_t kMostKept = 16'384;  // places, whose memory is used again
  Sort(groups);
  places_.clear();
  if (std::max(places_.capacity(), spread_.capacity()) > kMostKept) {
    places_.shrink_to_fit();
    spread_.clear();
    spread_.shrink_to_fit();
  }
}

void GroupOrder::Sort(std::vector<ErrorGroup>& groups) {
  for (size_t i = 0; i < groups.size(); ++i) places_.push_back(PlaceOf(groups[i], i));
  const auto unordered = [](const Place& a, const Place& b) { return !(a < b); };
  if (std::adjacent_find(places_.begin(), places_.end(), unordered) == places_.end()) return;
  SortPlaces();
  MoveToPlaces(groups);
  size_t kept = 0;
  for (size_t i = 0; i < groups.size(); ++i) {
    if (kept != 0 && SameKeys(groups[kept - 1], groups[i])) {
      groups[kept - 1].responses += groups[i].responses;
    } else if (kept++ != i) {
      groups[kept - 1] = std::move(groups[i]);
    }
  }
  groups.resize(kept);
}

// By the first bits of the zone's hash, and then the few that have those in common.
void GroupOrder::SortPlaces() {
  constexpr int kBits = 10;
  const auto part = [](const Place& place) { return place.zone_and_server >> (64 - kBits); };
  std::array<size_t, (size_t{1} << kBits) + 1> ends{};
  for (const Place& place : places_) ++ends[part(place) + 1];
  std::partial_sum(ends.begin(), ends.end(), ends.begin());
  spread_.resize(places_.size());
  // What is the begin of a part is its end when all of it is there.
  for (const Place& place : places_) spread_[ends[part(place)]++] = place;
  places_.swap(spread_);
  size_t begin = 0;
  for (const size_t end : ends) {
    std::sort(places_.begin() + static_cast<ptrdiff_t>(begin),
              places_.begin() + static_cast<ptrdiff_t>(end));
    begin = end;
  }
}

// Round by round: each takes the place of one that has just left it.
void GroupOrder::MoveToPlaces(std::vector<ErrorGroup>& groups) {
  for (size_t first = 0; first < groups.size(); ++first) {
    if (places_[first].index == first) continue;
    ErrorGroup waiting = std::move(groups[first]);
    size_t to = first;
    while (places_[to].index != first) {
      const size_t from = std::exchange(places_[to].index, to);
      groups[to] = std::move(groups[from]);
      to = from;
    }
    places_[to].index = to;
    groups[to] = std::move(waiting);
  }
}

}  // namespace rcodescope
