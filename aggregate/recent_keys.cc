#include "aggregate/recent_keys.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>

namespace rcodescope {
namespace {

constexpr uint64_t kFew = 255;  // responses of a delta
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
  static_assert(KeyCounts::HotCode(0) == Rcode{RcodeSpace::kDns, kRcodeNoError});
  of_delta_.resize(delta.size());
  for (size_t number = 0; number < delta.size(); ++number) {
    const KeyCounts::HotCounts& counts = delta.HotCountsOf(number);
    const uint64_t responses = std::accumulate(counts.begin(), counts.end(), uint64_t{0});
    of_delta_[number] = {.responses = responses, .errors = responses - counts[0]};
  }
  delta.ForEachRare([&](size_t number, Rcode rcode, uint64_t count) {
    Volume& volume = of_delta_[number];
    volume.responses += count;
    if (rcode != kNoError) volume.errors += count;
  });
  Take(delta, &Volume::errors);
  Take(delta, &Volume::responses);
}

// Of equals, those that came first: nothing depends on the hash key. Most keys have few, and are
// told apart by how many have so many; only above that are they put in order.
void RecentKeys::Take(const KeyCounts& delta, uint64_t Volume::*measure) {
  std::array<size_t, kFew + 1> having{};  // keys, by what they have, kFew being as many or more
  for (const Volume& volume : of_delta_) ++having[std::min(volume.*measure, kFew)];
  uint64_t least = kFew;
  size_t above = 0;  // keys that have more, all of which are taken
  while (least > 1 && above + having[least] <= most_) above += having[least--];
  size_t left = most_ - above;  // of those that have just as many, where that tells them apart
  std::vector<uint32_t> chosen;
  for (uint32_t number = 0; number < of_delta_.size(); ++number) {
    const uint64_t own = of_delta_[number].*measure;
    const bool equal = own == least && least < kFew;
    if (own < least || (equal && left == 0)) continue;
    if (equal) --left;
    chosen.push_back(number);
  }
  if (chosen.size() > most_) {
    const auto end = chosen.begin() + static_cast<std::ptrdiff_t>(most_);
    std::nth_element(chosen.begin(), end, chosen.end(), [&](uint32_t a, uint32_t b) {
      const uint64_t of_a = of_delta_[a].*measure;
      const uint64_t of_b = of_delta_[b].*measure;
      return of_a != of_b ? of_a > of_b : a < b;
    });
    chosen.resize(most_);
  }
  for (const uint32_t number : chosen) Take(delta, number);
}

void RecentKeys::Take(const KeyCounts& delta, size_t number) {
  Volume& volume = of_delta_[number];
  FadingVolume& sum = volumes_[delta.KeyOf(number)];
  sum.responses += static_cast<double>(volume.responses);
  sum.errors += static_cast<double>(volume.errors);
  volume = {};
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
  absl::erase_if(volumes_, [&](const auto& entry) {
    const FadingVolume& volume = entry.second;
    return volume.responses < least_responses &&
           (volume.errors < least_errors || volume.errors == 0);
  });
}

}  // namespace rcodescope
