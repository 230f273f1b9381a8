// One count followed step by step: what it was of late, what is usual, whether it is a spike.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "aggregate/usual_rate.h"

namespace rcodescope {

// Counts of the last steps. Before the first, all were 0.
class RecentSteps {
 public:
  static constexpr size_t kCapacity = 48;

  void Push(double count) {
    last_ = last_ + 1 == kCapacity ? 0 : last_ + 1;
    total_ += count - counts_[last_];
    counts_[last_] = static_cast<float>(count);
  }
  // `back` steps before the last one, < kCapacity.
  double At(size_t back) const { return counts_[Place(back)]; }
  double Sum(size_t steps) const;
  double Total() const { return total_; }  // of all kCapacity
  // The same with the largest step taken for no more than the median one.
  double SumWithoutBurst(size_t steps) const;
  // Of the `steps` last ones, how many are above `count`.
  size_t Above(double count, size_t steps) const;
  // The `steps` last ones are taken for `count` each, where they are more.
  void Lower(double count, size_t steps);

 private:
  size_t Place(size_t back) const {
    return last_ >= back ? last_ - back : last_ + kCapacity - back;
  }

  double total_ = 0;
  size_t last_ = 0;
  std::array<float, kCapacity> counts_{};
};

// What a spike of one code must be, in steps of the detector.
struct WatchLimits {
  double floor = 0;   // responses a step
  double factor = 0;  // of what is usual
};

// What it must be beside that, of a time and a dimension.
struct WatchBar {
  double surprise = 0;      // see UsualRate::Surprise
  double least_excess = 0;  // more than usual, a step
};

class RateWatch {
 public:
  // Steps over whose sum a spike is looked for: one that is high is found in the first, one that
  // hardly stands out in the last.
  static constexpr std::array<size_t, 4> kSpans = {3, 5, 15, 45};

  // `memory`: of the usual rate, in steps.
  RateWatch(double memory, const WatchLimits& limits)
      : limits_(limits), usual_(memory, limits.floor), memory_(memory) {}

  // The count of one step, and that of the same key's responses with other codes. What leaves the
  // recent steps is learned from, if nothing since was called a spike: `learn` is false while one
  // goes on.
  void Push(double count, double others, bool learn);

  // Takes what came in the last `steps` for usual.
  void Begin(size_t steps);
  // Of this count, before anything is known of it.
  UsualRate Unknown() const { return UsualRate(memory_, limits_.floor); }
  // This much is usual, as was learned elsewhere or concluded from not having come before.
  void Begin(const UsualRate& usual, double others);

  // The shortest of kSpans over which it is a spike above what is usual; 0: over none.
  size_t SpanAbove(const WatchBar& bar) const;
  // Over one of them.
  bool IsAbove(size_t steps, const WatchBar& bar) const;
  // The same where nothing is usual yet: more than `share` of all responses of the key.
  size_t SpanHigh(double share) const;

  // False where it is too little for either, and to be most of one: a spike is at least the floor
  // more than usual in each of three steps.
  bool Loud() const { return recent_.Total() >= 2 * limits_.floor; }

  // Whether it may be a part of what is a spike elsewhere: clearly more than usual over `span`.
  bool StandsOut(size_t span) const;

  // In the last `steps`: more than usual; a mean step; of the key's responses.
  double Excess(size_t steps) const;
  double Mean(size_t steps) const { return recent_.Sum(steps) / static_cast<double>(steps); }
  // In all of the recent steps.
  double LongMean() const { return recent_.Total() / static_cast<double>(RecentSteps::kCapacity); }
  double Share(size_t steps) const;
  // The responses with other codes, as a multiple of what is usual; empty where nothing is.
  std::optional<double> OtherLoad(size_t steps) const;
  // How many steps what goes on has lasted, where it shows in the last `span`.
  size_t Lasted(size_t span) const;
  // Whether it is over, by the last few steps. `share`: that of SpanHigh; 0: it was SpanAbove.
  // `most`: more than usual, a step, at its highest.
  bool Calm(double share, double most) const;

  // The last steps are no more than usual: what was is part of a spike elsewhere.
  void Lower(size_t steps) { recent_.Lower(usual_.rate(), steps); }
  // Nothing is known of what came of late.
  void Forget();
  // That, and nothing is usual.
  void Unlearn();
  // Steps since then.
  size_t pushed() const { return pushed_; }

  const UsualRate& usual() const { return usual_; }
  double usual_others() const { return usual_others_; }
  double floor() const { return limits_.floor; }  // a step

 private:
  double Growth(size_t steps) const;
  void LearnOldest();

  WatchLimits limits_;
  UsualRate usual_;
  double memory_;
  double usual_others_ = 0;  // a step
  size_t unlearned_ = 0;     // of the recent steps
  size_t pushed_ = 0;
  RecentSteps recent_;
  RecentSteps others_;
};

}  // namespace rcodescope
