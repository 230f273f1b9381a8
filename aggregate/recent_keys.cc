#include "aggregate/recent_keys.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace rcodescope {
namespace {

constexpr Rcode kNoError = {RcodeSpace::kDns, kRcodeNoError};

// The n-th largest of `values`, or 0 where there are not so many. Changes their order.
double NthLargest(std::vector<double>& values, size_t n) {
  if (n == 0 || values.size() < n) return 0;
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(n - 1);
  std::nth_element(values.begin(), place, values.end(), std::greater<>());
  return *place;
}

}  // namespace

RecentKeys::RecentKeys(size_t most, double half_life)
    : most_(most), fading_(std::exp2(-1 / half_life)) {}

void RecentKeys::Add(const KeyCounts& delta) {
  of_delta_.assign(delta.size(), {});
  delta.ForEach([&](size_t number, Rcode rcode, uint64_t count) {
    FadingVolume& volume = of_delta_[number];
    volume.responses += static_cast<double>(count);
    if (rcode != kNoError) volume.errors += static_cast<double>(count);
  });
  std::vector<uint32_t> numbers(delta.size());
  for (uint32_t number = 0; number < numbers.size(); ++number) numbers[number] = number;
  const auto take = [&](double FadingVolume::*measure) {
    const size_t count = std::min(most_, numbers.size());
    const auto end = numbers.begin() + static_cast<std::ptrdiff_t>(count);
    // Of equals, those that came first: nothing depends on the hash key.
    std::nth_element(numbers.begin(), end, numbers.end(), [&](uint32_t a, uint32_t b) {
      const double of_a = of_delta_[a].*measure;
      const double of_b = of_delta_[b].*measure;
      return of_a != of_b ? of_a > of_b : a < b;
    });
    for (auto number = numbers.begin(); number != end; ++number) {
      FadingVolume& volume = of_delta_[*number];
      FadingVolume& sum = volumes_[delta.KeyOf(*number)];
      sum.responses += volume.responses;
      sum.errors += volume.errors;
      volume = {};  // taken
    }
  };
  take(&FadingVolume::errors);
  take(&FadingVolume::responses);
}

void RecentKeys::EndEpoch() {
  for (auto& [key, volume] : volumes_) {
    volume.responses *= fading_;
    volume.errors *= fading_;
  }
  if (volumes_.size() > 2 * most_) Forget();
}

// Those stay that are among the `most_` first by one measure or the other.
void RecentKeys::Forget() {
  std::vector<double> responses;
  std::vector<double> errors;
  for (const auto& [key, volume] : volumes_) {
    responses.push_back(volume.responses);
    errors.push_back(volume.errors);
  }
  const double least_responses = NthLargest(responses, most_);
  const double least_errors = NthLargest(errors, most_);
  std::erase_if(volumes_, [&](const auto& entry) {
    const FadingVolume& volume = entry.second;
    return volume.responses < least_responses &&
           (volume.errors < least_errors || volume.errors == 0);
  });
}

}  // namespace rcodescope
