// Random quantities as traffic has them: counts, levels that wander, choices by weight.
//
// They go through libm, so a stream is the same for a seed on one machine and library, and may
// differ in a last digit on another.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/random.h"

namespace rcodescope {

double Uniform(Random& random);  // 0 ≤ u < 1
double Normal(Random& random);   // mean 0, deviation 1
// Evenly over the orders of magnitude between two positive numbers.
double LogUniform(double low, double high, Random& random);
// Mean 1, variance 1 / shape.
double UnitGamma(double shape, Random& random);
uint64_t Poisson(double mean, Random& random);
uint64_t Binomial(uint64_t count, double share, Random& random);

// A factor around 1 that is forgotten after some seconds: exp of an Ornstein-Uhlenbeck process.
class Wander {
 public:
  Wander(double deviation, double seconds);
  double Step(Random& random);  // a second later

 private:
  double keep_;
  double kick_;
  double offset_;  // the exponential's mean is 1
  double state_ = 0;
};

// Indices with probability proportional to their weight (alias method, see ZipfSampler).
class WeightedChoice {
 public:
  explicit WeightedChoice(const std::vector<double>& weights);
  uint32_t Draw(Random& random) const;

 private:
  struct Column {
    double threshold = 1;
    uint32_t alias = 0;
  };
  std::vector<Column> columns_;
};

}  // namespace rcodescope
