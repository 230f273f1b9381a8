#include "aggregate/distinct_count.h"

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

void DistinctCount::Merge(const DistinctCount& other) {
  for (size_t i = 0; i < kRegisters; ++i) {
    registers_[i] = std::max(registers_[i], other.registers_[i]);
  }
}

uint64_t DistinctCount::Estimate() const {
  std::array<uint32_t, kLongestRun + 1> registers{};  // by what they hold
  for (const uint8_t run : registers_) ++registers[run];
  constexpr auto kAll = static_cast<double>(kRegisters);
  if (registers[0] == kRegisters) return 0;
  double sum = kAll * Tau(1 - registers[kLongestRun] / kAll);
  for (size_t run = kLongestRun - 1; run >= 1; --run) sum = 0.5 * (sum + registers[run]);
  sum += kAll * Sigma(registers[0] / kAll);
  const double estimate = kAll * kAll / (2 * std::numbers::ln2 * sum);
  return static_cast<uint64_t>(std::llround(estimate));
}

}  // namespace rcodescope
