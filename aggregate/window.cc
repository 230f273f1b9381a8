#include "aggregate/window.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "parse/keyed_hash.h"

namespace rcodescope {
namespace {

constexpr uint64_t kOdd = 0x9e37'79b9'7f4a'7c15;  // 2^64 / golden ratio

bool SameKeys(const ErrorGroup& a, const ErrorGroup& b) {
  return a.rcode == b.rcode && a.zone == b.zone && a.server == b.server && a.client == b.client &&
         a.qtype == b.qtype && a.info_code == b.info_code;
}

// Zones stay together, and so do the servers of one.
struct Place {
  uint64_t zone_and_server;
  uint64_t keys;
  size_t index;

  bool operator<(const Place& other) const {
    return zone_and_server != other.zone_and_server ? zone_and_server < other.zone_and_server
                                                    : keys < other.keys;
  }
};

Place PlaceOf(const ErrorGroup& group, size_t index) {
  constexpr uint64_t kUpper = 0xffff'ffff'0000'0000;
  return {(group.zone.hash() & kUpper) | group.server.hash() >> 32, HashOf(group), index};
}

}  // namespace

uint64_t HashOf(const ErrorGroup& group) {
  const uint64_t numbers = uint64_t{group.rcode.packed()} << 40 | uint64_t{group.qtype} << 20 |
                           (static_cast<uint32_t>(group.info_code) & 0xfffffU);
  const uint64_t names = KeyedHash64(group.zone.hash(), group.server.hash(), kOdd, ~kOdd);
  return KeyedHash64(names ^ group.client.hash(), numbers, ~kOdd, kOdd);
}

void SortAndSum(std::vector<ErrorGroup>& groups) {
  std::vector<Place> places;
  places.reserve(groups.size());
  for (size_t i = 0; i < groups.size(); ++i) places.push_back(PlaceOf(groups[i], i));
  const auto unordered = [](const Place& a, const Place& b) { return !(a < b); };
  if (std::adjacent_find(places.begin(), places.end(), unordered) == places.end()) return;
  std::sort(places.begin(), places.end());
  std::vector<ErrorGroup> sorted;
  sorted.reserve(groups.size());
  for (const Place& place : places) {
    ErrorGroup& group = groups[place.index];
    if (!sorted.empty() && SameKeys(sorted.back(), group)) {
      sorted.back().responses += group.responses;
    } else {
      sorted.push_back(std::move(group));
    }
  }
  groups = std::move(sorted);
}

}  // namespace rcodescope
