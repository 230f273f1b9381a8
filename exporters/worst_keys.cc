#include "exporters/worst_keys.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace rcodescope {
namespace {

constexpr std::array<uint16_t, 3> kFirst = {kRcodeServFail, kRcodeRefused, kRcodeNxDomain};

// Place of a code among those shown first, kFirst.size() for the others.
size_t Rank(const std::string& name) {
  size_t rank = 0;
  while (rank < kFirst.size() && name != RcodeName({RcodeSpace::kDns, kFirst[rank]})) ++rank;
  return rank;
}

void Collect(const KeyCount& key, bool listed, std::map<std::string, WorstOfCode>& codes) {
  std::map<std::string, uint64_t> by_name;
  for (const auto& [rcode, count] : key.rcodes) {
    if (rcode.code != kRcodeNoError && count > 0) by_name[RcodeName(rcode)] += count;
  }
  for (const auto& [name, count] : by_name) {
    WorstOfCode& code = codes[name];
    code.rcode = name;
    code.responses += count;
    if (listed) code.keys.push_back({&key, count});
  }
}

}  // namespace

std::vector<WorstOfCode> WorstKeys(const DimensionCount& counts, size_t rows) {
  std::map<std::string, WorstOfCode> codes;
  for (const KeyCount& key : counts.top) Collect(key, /*listed=*/true, codes);
  Collect(counts.other, /*listed=*/false, codes);

  std::vector<WorstOfCode> result;
  for (auto& [name, code] : codes) {
    if (code.keys.empty()) continue;
    std::stable_sort(code.keys.begin(), code.keys.end(), [](const WorstKey& a, const WorstKey& b) {
      return a.responses != b.responses ? a.responses > b.responses : a.key->key < b.key->key;
    });
    result.push_back(std::move(code));
  }
  std::stable_sort(result.begin(), result.end(), [](const WorstOfCode& a, const WorstOfCode& b) {
    const size_t rank_a = Rank(a.rcode);
    const size_t rank_b = Rank(b.rcode);
    return rank_a != rank_b ? rank_a < rank_b : a.responses > b.responses;
  });

  std::vector<size_t> shown(result.size());
  bool any = true;
  for (size_t left = rows; left > 0 && any;) {
    any = false;
    for (size_t i = 0; i < result.size() && left > 0; ++i) {
      if (shown[i] == result[i].keys.size()) continue;
      ++shown[i];
      --left;
      any = true;
    }
  }
  for (size_t i = 0; i < result.size(); ++i) result[i].keys.resize(shown[i]);
  std::erase_if(result, [](const WorstOfCode& code) { return code.keys.empty(); });
  return result;
}

}  // namespace rcodescope
