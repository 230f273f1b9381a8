#include "bench/incidents/draws.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace rcodescope {

double Uniform(Random& random) { return static_cast<double>(random.Next() >> 11) * 0x1p-53; }

// Box and Muller, one of the pair.
double Normal(Random& random) {
  const double radius = std::sqrt(-2 * std::log(1 - Uniform(random)));
  return radius * std::cos(2 * std::numbers::pi * Uniform(random));
}

double LogUniform(double low, double high, Random& random) {
  return low * std::pow(high / low, Uniform(random));
}

// G. Marsaglia, W. W. Tsang, "A simple method for generating gamma variables", 2000. Shape ≥ 1.
double UnitGamma(double shape, Random& random) {
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = Normal(random);
    const double root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (std::log(1 - Uniform(random)) < x * x / 2 + d - d * v + d * std::log(v)) {
      return d * v / shape;
    }
  }
}

// By multiplication where the mean is small, else rounded from a normal: beyond 30 the two differ
// by less than any detector could see.
uint64_t Poisson(double mean, Random& random) {
  if (mean <= 0) return 0;
  if (mean > 30) {
    const double drawn = mean + std::sqrt(mean) * Normal(random) + 0.5;
    return drawn <= 0 ? 0 : static_cast<uint64_t>(drawn);
  }
  const double limit = std::exp(-mean);
  uint64_t count = 0;
  for (double product = Uniform(random); product > limit; product *= Uniform(random)) ++count;
  return count;
}

uint64_t Binomial(uint64_t count, double share, Random& random) {
  if (share >= 1) return count;
  if (count > 50) {
    const double mean = static_cast<double>(count) * share;
    const double drawn = mean + std::sqrt(mean * (1 - share)) * Normal(random) + 0.5;
    return drawn <= 0 ? 0 : std::min(count, static_cast<uint64_t>(drawn));
  }
  uint64_t hits = 0;
  for (uint64_t i = 0; i < count; ++i)
    if (Uniform(random) < share) ++hits;
  return hits;
}

Wander::Wander(double deviation, double seconds)
    : keep_(std::exp(-1 / seconds)),
      kick_(deviation * std::sqrt(1 - keep_ * keep_)),
      offset_(deviation * deviation / 2) {}

double Wander::Step(Random& random) {
  state_ = keep_ * state_ + kick_ * Normal(random);
  return std::exp(state_ - offset_);
}

WeightedChoice::WeightedChoice(const std::vector<double>& weights) : columns_(weights.size()) {
  double sum = 0;
  for (const double weight : weights) sum += weight;
  std::vector<double> share(weights.size());
  std::vector<uint32_t> poor;
  std::vector<uint32_t> rich;
  for (uint32_t i = 0; i < weights.size(); ++i) {
    share[i] = weights[i] * static_cast<double>(weights.size()) / sum;
    (share[i] < 1 ? poor : rich).push_back(i);
  }
  while (!poor.empty() && !rich.empty()) {
    const uint32_t from = poor.back();
    const uint32_t to = rich.back();
    poor.pop_back();
    columns_[from] = {share[from], to};
    share[to] -= 1 - share[from];
    if (share[to] >= 1) continue;
    rich.pop_back();
    poor.push_back(to);
  }
}

uint32_t WeightedChoice::Draw(Random& random) const {
  const uint32_t index = random.Below(static_cast<uint32_t>(columns_.size()));
  const Column& column = columns_[index];
  return Uniform(random) < column.threshold ? index : column.alias;
}

}  // namespace rcodescope
