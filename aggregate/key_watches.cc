#include "aggregate/key_watches.h"

#include <algorithm>

namespace rcodescope {
namespace {

double RateOf(const KeyWatches::Key& key) {
  double rate = 0;
  for (const auto& watch : key.codes) {
    if (watch == nullptr) continue;
    rate = std::max({rate, watch->rate.usual().rate(), watch->rate.Mean(RateWatch::kSpans.back())});
  }
  return rate;
}

bool IsHeld(const KeyWatches::Key& key) {
  return std::any_of(key.codes.begin(), key.codes.end(),
                     [](const auto& watch) { return watch != nullptr && watch->held; });
}

}  // namespace

KeyWatch* KeyWatches::Find(const std::string& key, size_t code) const {
  const auto place = keys_.find(key);
  return place == keys_.end() ? nullptr : place->second.codes[code].get();
}

KeyWatches::Key& KeyWatches::At(const std::string& key) {
  Key& entry = keys_[key];
  entry.codes.resize(limits_.size());
  return entry;
}

KeyWatch& KeyWatches::WatchOf(Key& key, size_t code, size_t steps) {
  auto& watch = key.codes[code];
  if (watch != nullptr) return *watch;
  watch = std::make_unique<KeyWatch>(KeyWatch{.rate = RateWatch(memory_, limits_[code])});
  if (steps != 0) {
    UsualRate usual = watch->rate.Unknown();
    usual.Begin(forgotten_, forgotten_, UsualRate::kRun * forgotten_, static_cast<double>(steps));
    watch->rate.Begin(usual, 0);
  }
  return *watch;
}

void KeyWatches::Bound() {
  if (keys_.size() <= most_) return;
  std::vector<double> rates;
  for (const auto& [name, key] : keys_) rates.push_back(RateOf(key));
  const auto quarter = rates.begin() + static_cast<ptrdiff_t>(rates.size() / 4);
  std::nth_element(rates.begin(), quarter, rates.end());
  const double least = *quarter;
  forgotten_ = least;
  std::erase_if(keys_, [least](const auto& entry) {
    return RateOf(entry.second) <= least && !IsHeld(entry.second);
  });
}

}  // namespace rcodescope
