#include "aggregate/rate_watch.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "aggregate/wilson.h"

namespace rcodescope {
namespace {

constexpr double kClearlyAbove = 1.5;    // of what is usual: a step that is part of a spike
constexpr double kMostStepsAbove = 0.6;  // of the steps of a span: a spike is no single burst
constexpr double kPartSurprise = 5;      // -ln of the chance
constexpr size_t kStepsMissing = 2;      // of a spike's steps in a row, without ending it
constexpr size_t kLately = 5;            // steps
constexpr double kLeastResponses = 30;   // that a share is told of
constexpr double kPartOfFloor = 0.6;     // that is passed for certain
constexpr double kFloorSurprise = 3.5;   // -ln of the chance
constexpr double kLeftOver = 0.2;        // of the most of a spike: it is over
constexpr double kLeastUsual = 0.1;      // of the floor: less is never taken for usual
constexpr double kSteadyFloor = 0.25;    // of the floor: more than usual by less may be anything

// Four sums side by side: none waits for another.
double SumOf(const float* values, size_t count) {
  std::array<double, 4> sums{};
  size_t i = 0;
  for (; i + sums.size() <= count; i += sums.size()) {
    for (size_t j = 0; j < sums.size(); ++j) sums[j] += values[i + j];
  }
  for (; i < count; ++i) sums[0] += values[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace

double RecentSteps::Sum(size_t steps) const {
  if (total_ == 0) return 0;
  const size_t end = last_ + 1;
  if (steps <= end) return SumOf(&counts_[end - steps], steps);
  const size_t before = steps - end;  // at the end of the array
  return SumOf(counts_.data(), end) + SumOf(&counts_[kCapacity - before], before);
}

double RecentSteps::SumWithoutBurst(size_t steps) const {
  std::array<float, kCapacity> values;
  for (size_t back = 0; back < steps; ++back) values[back] = static_cast<float>(At(back));
  const auto end = values.begin() + static_cast<ptrdiff_t>(steps);
  const auto median = values.begin() + static_cast<ptrdiff_t>(steps / 2);
  std::nth_element(values.begin(), median, end);
  return Sum(steps) - *std::max_element(values.begin(), end) + *median;
}

size_t RecentSteps::Above(double count, size_t steps) const {
  size_t above = 0;
  for (size_t back = 0; back < steps; ++back) above += At(back) > count ? 1U : 0U;
  return above;
}

void RecentSteps::Lower(double count, size_t steps) {
  for (size_t back = 0; back < std::min(steps, kCapacity); ++back) {
    float& value = counts_[Place(back)];
    const double before = value;
    value = std::min(value, static_cast<float>(count));
    total_ -= before - value;
  }
}

void RateWatch::Push(double count, double others, bool learn) {
  if (!learn) unlearned_ = 0;
  if (usual_.known() && unlearned_ == RecentSteps::kCapacity) LearnOldest();
  ++pushed_;
  recent_.Push(count);
  others_.Push(others);
  if (usual_.known() && learn) ++unlearned_;
}

// What came since then tells whether it may have been the beginning of a spike.
void RateWatch::LearnOldest() {
  const double gain = 1 / (std::min(usual_.age(), memory_) + 1);
  const double others = others_.At(RecentSteps::kCapacity - 1);
  const double growth = usual_others_ > 0 ? std::max(1.0, others / usual_others_) : 1;
  const double steady = kClearlyAbove * growth * usual_.rate() + kSteadyFloor * limits_.floor;
  const bool is_high = LongMean() > steady;
  usual_others_ += gain * (others - usual_others_);
  usual_.Learn({recent_.At(RecentSteps::kCapacity - 1), growth, !is_high});
  --unlearned_;
}

void RateWatch::Begin(size_t steps) {
  steps = std::min(steps, RecentSteps::kCapacity);
  std::vector<float> counts;
  for (size_t back = 0; back < steps; ++back)
    counts.push_back(static_cast<float>(recent_.At(back)));
  usual_.Begin(counts, static_cast<double>(steps));
  usual_others_ = others_.Sum(steps) / static_cast<double>(steps);
  unlearned_ = 0;
}

void RateWatch::Begin(const UsualRate& usual, double others) {
  usual_ = usual;
  usual_others_ = others;
  unlearned_ = 0;
}

// How many times as much as usual is to be expected: when all of a key's traffic grows, so do its
// errors.
double RateWatch::Growth(size_t steps) const {
  if (usual_others_ <= 0) return 1;
  return std::max(1.0, others_.Sum(steps) / static_cast<double>(steps) / usual_others_);
}

bool RateWatch::IsAbove(size_t steps, const WatchBar& bar) const {
  const auto span = static_cast<double>(steps);
  const double usual = usual_.rate();
  const double most = recent_.Sum(steps);
  if (most < limits_.floor * span || most < limits_.factor * usual * span) return false;
  const double growth = Growth(steps);
  const double grown = growth * usual;
  const double least =
      std::max(limits_.factor * grown, grown + std::max(limits_.floor, bar.least_excess));
  const double sum = recent_.SumWithoutBurst(steps);
  if (sum < least * span) return false;
  const auto above = static_cast<double>(recent_.Above(kClearlyAbove * grown, steps));
  if (above < kMostStepsAbove * span) return false;
  const auto whole = static_cast<int>(steps);
  // A client's loop below the floor passes it for a few seconds by chance.
  const double floor = limits_.floor / growth;
  return usual_.Surprise(sum / growth, whole, kLeastUsual * floor) >= bar.surprise &&
         usual_.Surprise(sum / growth, whole, kPartOfFloor * floor) >= kFloorSurprise;
}

size_t RateWatch::SpanAbove(const WatchBar& bar) const {
  // Most rates are nothing most of the time.
  if (!usual_.known() || recent_.Total() < limits_.floor * kSpans.front()) return 0;
  for (const size_t span : kSpans) {
    if (IsAbove(span, bar)) return span;
  }
  return 0;
}

size_t RateWatch::SpanHigh(double share) const {
  for (const size_t span : kSpans) {
    const double sum = recent_.Sum(span);
    const double all = sum + others_.Sum(span);
    const auto steps = static_cast<double>(span);
    const bool much = sum >= kLeastResponses && sum >= limits_.floor * steps;
    const bool steady = static_cast<double>(recent_.Above(0, span)) >= kMostStepsAbove * steps;
    if (much && steady && Wilson(sum, all).least >= share) return span;
  }
  return 0;
}

bool RateWatch::StandsOut(size_t span) const {
  if (!usual_.known()) return true;
  const double sum = recent_.Sum(span);
  return sum >= kClearlyAbove * usual_.rate() * static_cast<double>(span) &&
         usual_.Surprise(sum, static_cast<int>(span)) >= kPartSurprise;
}

double RateWatch::Excess(size_t steps) const {
  return recent_.Sum(steps) - usual_.rate() * static_cast<double>(steps);
}

double RateWatch::Share(size_t steps) const {
  const double sum = recent_.Sum(steps);
  const double all = sum + others_.Sum(steps);
  return all > 0 ? sum / all : 0;
}

std::optional<double> RateWatch::OtherLoad(size_t steps) const {
  if (!usual_.known() || usual_others_ <= 0) return std::nullopt;
  return others_.Sum(steps) / static_cast<double>(steps) / usual_others_;
}

size_t RateWatch::Lasted(size_t span) const {
  const double middle = (usual_.rate() + Mean(span)) / 2;
  size_t lasted = 1;
  for (size_t back = 0; back < RecentSteps::kCapacity; ++back) {
    if (recent_.At(back) >= middle) lasted = back + 1;
    if (back + 1 - lasted > kStepsMissing) break;
  }
  return lasted;
}

bool RateWatch::Calm(double share, double most) const {
  const double mean = Mean(kLately);
  if (mean <= limits_.floor / 2) return true;
  if (share > 0) return Share(kLately) < share / 2;
  const double grown = Growth(kLately) * usual_.rate();
  // What wanders above what is usual by less than would be a spike is none, after a large one.
  return mean <= std::max(kClearlyAbove * grown, grown + std::min(limits_.floor, kLeftOver * most));
}

void RateWatch::Forget() {
  recent_ = {};
  others_ = {};
  unlearned_ = 0;
  pushed_ = 0;
}

void RateWatch::Unlearn() {
  Forget();
  usual_ = Unknown();
  usual_others_ = 0;
}

}  // namespace rcodescope
