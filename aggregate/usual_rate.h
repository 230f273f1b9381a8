// What is usual of one count, and how surprising more than that is.
#pragma once

#include <cstdint>
#include <span>

namespace rcodescope {

// What is known of a step that is learned from.
struct LearnedStep {
  double count = 0;
  double growth = 1;   // times as much as usual was to be expected in it, at least 1
  bool steady = true;  // false: what came about then was so much that it says nothing of the spread
};

// Counts come in equal steps of time. The level is a mean that forgets with a time constant, of
// values that are not let stray far from it, and rises but slowly, so that an incident that grows
// for an hour does not become usual on its way. How much values stray is measured for single steps
// and for runs of them, so that neither bursts nor slow waves look more surprising than they are.
class UsualRate {
 public:
  // Steps whose sum's spread is measured as that of single ones is.
  static constexpr int kRun = 15;

  // `memory`: the time constant, in steps. `floor`: counts below it may rise as fast as it.
  UsualRate(double memory, double floor) : memory_(memory), floor_(floor) {}

  // Starts from what came so far: its median, and how far the values lie from it. `age`: the steps
  // that this is known of. The values are put in order.
  void Begin(std::span<float> values, double age);
  // Starts from what was learned elsewhere.
  void Begin(double rate, double step_variance, double run_variance, double age);
  bool known() const { return age_ > 0; }

  void Learn(const LearnedStep& step);

  double rate() const { return rate_; }  // a step
  double step_variance() const { return step_variance_; }
  double run_variance() const { return run_variance_; }
  double age() const { return age_; }  // steps learned from

  // A bound on the chance that `steps` steps together have `sum` or more, as -ln of it: Chernoff's,
  // of a negative binomial distribution with this mean and spread. 0 where `sum` is no more than
  // usual. `more`: a step, taken to be usual as well.
  double Surprise(double sum, int steps, double more = 0) const;

 private:
  double Dispersion(int steps) const;
  void LearnSpread(double stray, double gain);

  double memory_;
  double floor_;
  double mean_ = 0;  // of what came
  double rate_ = 0;  // that, rising slowly
  double step_variance_ = 0;
  double run_variance_ = 0;
  double age_ = 0;
  double run_sum_ = 0;  // of the run that has begun, minus what is usual
  int run_steps_ = 0;
};

}  // namespace rcodescope
