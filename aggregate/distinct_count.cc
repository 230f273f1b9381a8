#include "aggregate/distinct_count.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace rcodescope {
namespace {

// Σ x^(2^k) 2^(k-1) and the like: series that Ertl's estimator is made of, summed until nothing
// changes any more. "New cardinality estimation algorithms for HyperLogLog sketches", algorithm 6.
double Sigma(double x) {
  double power = 1;
  double sum = x;
  for (double last = -1; sum != last;) {
    x *= x;
    last = sum;
    sum += x * power;
    power += power;
  }
  return sum;
}

double Tau(double x) {
  if (x == 0 || x == 1) return 0;
  double power = 1;
  double sum = 1 - x;
  for (double last = -1; sum != last;) {
    x = std::sqrt(x);
    last = sum;
    power *= 0.5;
    sum -= (1 - x) * (1 - x) * power;
  }
  return sum / 3;
}

}  // namespace

double EstimateDistinct(std::span<const uint8_t> registers, size_t longest) {
  std::array<uint32_t, 65> holding{};  // registers, by what they hold
  for (const uint8_t run : registers) ++holding[run];
  if (holding[0] == registers.size()) return 0;
  const auto all = static_cast<double>(registers.size());
  double sum = all * Tau(1 - holding[longest] / all);
  size_t run = longest - 1;
  while (sum == 0 && run >= 1 && holding[run] == 0) --run;  // most of the long ones
  for (; run >= 1; --run) sum = 0.5 * (sum + holding[run]);
  sum += all * Sigma(holding[0] / all);
  // Infinite where all registers hold the longest run.
  return std::min(all * all / (2 * std::numbers::ln2 * sum), 0x1p62);
}

}  // namespace rcodescope
