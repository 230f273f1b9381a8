#include "bench/random.h"

namespace rcodescope {
namespace {

uint32_t Threshold(double share) {
  constexpr double kScale = 4294967296.0;
  return share >= 1.0 ? UINT32_MAX : static_cast<uint32_t>(share * kScale);
}

}  // namespace

ZipfSampler::ZipfSampler(uint32_t count) : columns_(count) {
  double sum = 0;
  for (uint32_t rank = count; rank > 0; --rank) sum += 1.0 / rank;

  // A share of 1 is what an even distribution would give each rank. Ranks come in descending order
  // of their share, so the ones above 1 stand in front: `rich` walks over them.
  std::vector<double> share(count);
  for (uint32_t rank = 0; rank < count; ++rank) share[rank] = count / (sum * (rank + 1.0));
  std::vector<uint32_t> poor;
  uint32_t rich = 0;
  while (rich < count && share[rich] >= 1.0) ++rich;
  for (uint32_t rank = rich; rank < count; ++rank) poor.push_back(rank);
  for (uint32_t rank = 0; rank < count; ++rank) columns_[rank] = {UINT32_MAX, rank};

  while (rich > 0 && !poor.empty()) {
    const uint32_t from = poor.back();
    const uint32_t to = rich - 1;
    poor.pop_back();
    columns_[from] = {Threshold(share[from]), to};
    share[to] -= 1.0 - share[from];
    if (share[to] < 1.0) {
      poor.push_back(to);
      --rich;
    }
  }
}

}  // namespace rcodescope
