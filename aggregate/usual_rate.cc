#include "aggregate/usual_rate.h"

#include <algorithm>
#include <cmath>

namespace rcodescope {
namespace {

constexpr double kMadToSigma = 1.4826;     // of a normal distribution
constexpr double kStraysLearned = 3;       // standard deviations that a value moves the level by
constexpr double kStraysMeasured = 5;      // and that the spread is measured up to
constexpr double kMostRise = 0.25;         // of the level, in a memory's time
constexpr double kLeastDispersion = 0.03;  // levels wander by a sixth, whatever was seen so far

float Median(std::span<float> values) {
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double Square(double value) { return value * value; }

}  // namespace

void UsualRate::Begin(std::span<float> values, double age) {
  if (values.empty()) return;
  const float median = Median(values);
  for (float& value : values) value = std::abs(value - median);
  const double sigma = kMadToSigma * Median(values);
  const double variance = std::max<double>(Square(sigma), median);
  Begin(median, variance, kRun * variance, age);
}

void UsualRate::Begin(double rate, double step_variance, double run_variance, double age) {
  mean_ = rate;
  rate_ = rate;
  step_variance_ = step_variance;
  run_variance_ = run_variance;
  age_ = age;
  run_sum_ = 0;
  run_steps_ = 0;
}

void UsualRate::Learn(const LearnedStep& step) {
  const double gain = 1 / (std::min(age_, memory_) + 1);
  const double grown = step.growth - 1;
  // The chance of one response is never 0, nor is the spread of what is rare.
  const double sigma = std::sqrt(std::max({step_variance_, rate_, 1 / (age_ + 1)}));
  if (step.steady)
    LearnSpread(std::clamp(step.count - rate_, -kStraysMeasured * sigma, kStraysMeasured * sigma),
                gain);
  mean_ += gain * std::min(step.count - mean_, kStraysLearned * sigma + grown * mean_);
  mean_ = std::max(mean_, 0.0);
  rate_ = std::min(mean_, rate_ + gain * (kMostRise + grown) * std::max(rate_, floor_));
  ++age_;
}

void UsualRate::LearnSpread(double stray, double gain) {
  step_variance_ += gain * (Square(stray) - step_variance_);
  run_sum_ += stray;
  if (++run_steps_ < kRun) return;
  run_variance_ += std::min(1.0, gain * kRun) * (Square(run_sum_) - run_variance_);
  run_sum_ = 0;
  run_steps_ = 0;
}

// Of the sum of `steps` steps: (variance - mean) / mean².
double UsualRate::Dispersion(int steps) const {
  const double mean = rate_ * steps;
  if (mean <= 0) return kLeastDispersion + 1 / (age_ + 1);
  // As far as steps stray each on their own, or all of a run together.
  const double apart = steps * step_variance_;
  const double together = Square(static_cast<double>(steps) / kRun) * run_variance_;
  const double measured = (std::max(apart, together) - mean) / Square(mean);
  return std::max(measured, kLeastDispersion + 1 / (age_ + 1));
}

double UsualRate::Surprise(double sum, int steps, double more) const {
  // No rate is known to be less than once in the time it is known of.
  const double mean = (rate_ + more + 1 / (std::min(age_, memory_) + 1)) * steps;
  if (sum <= mean) return 0;
  // What is added to the usual strays no more than levels do.
  const double dispersion =
      more > 0 ? std::max(kLeastDispersion, Dispersion(steps) * Square(rate_ * steps / mean))
               : Dispersion(steps);
  const double size = 1 / dispersion;
  return sum * std::log(sum / mean) - (sum + size) * std::log((sum + size) / (mean + size));
}

}  // namespace rcodescope
