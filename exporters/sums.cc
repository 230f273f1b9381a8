#include "exporters/sums.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

namespace rcodescope {

std::vector<RcodeRow> RcodeRows(const Snapshot& snapshot) {
  std::map<std::tuple<Rcode, Opcode, Certainty>, uint64_t> sums;
  for (const ResponseCount& count : snapshot.responses) {
    sums[{count.rcode, count.opcode, count.certainty}] += count.count;
  }
  std::vector<RcodeRow> rows;
  rows.reserve(sums.size());
  for (const auto& [key, responses] : sums) {
    if (responses == 0) continue;
    rows.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), responses});
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const RcodeRow& a, const RcodeRow& b) { return a.responses > b.responses; });
  return rows;
}

RcodeNames::RcodeNames(const Snapshot& snapshot, const std::array<size_t, kRcodeSpaces>& limits) {
  for (const ResponseCount& count : snapshot.responses) {
    if (count.count == 0 || IsAssigned(count.rcode) || count.rcode.code == kOtherCode) continue;
    unassigned_[static_cast<size_t>(count.rcode.space)].push_back(count.rcode.code);
  }
  for (size_t space = 0; space < kRcodeSpaces; ++space) {
    std::vector<uint16_t>& codes = unassigned_[space];
    std::sort(codes.begin(), codes.end());
    codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
    if (codes.size() > limits[space]) codes.resize(limits[space]);
  }
}

bool RcodeNames::Named(Rcode rcode) const {
  if (IsAssigned(rcode)) return true;
  const std::vector<uint16_t>& codes = unassigned_[static_cast<size_t>(rcode.space)];
  return std::binary_search(codes.begin(), codes.end(), rcode.code);
}

std::string RcodeNames::operator()(Rcode rcode) const {
  return Named(rcode) ? RcodeName(rcode) : kOther;
}

NamedCounts SumByName(const std::vector<std::pair<Rcode, uint64_t>>& counts,
                      const RcodeNames& names) {
  std::vector<std::pair<Rcode, uint64_t>> by_code = counts;
  std::sort(by_code.begin(), by_code.end());
  NamedCounts sums;
  std::unordered_map<std::string, size_t> places;
  for (const auto& [rcode, count] : by_code) {
    if (count == 0) continue;
    const auto [place, is_new] = places.emplace(names(rcode), sums.size());
    if (is_new) sums.emplace_back(place->first, 0);
    sums[place->second].second += count;
  }
  std::stable_sort(sums.begin(), sums.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return sums;
}

}  // namespace rcodescope
