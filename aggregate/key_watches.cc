#include "aggregate/key_watches.h"

#include <algorithm>

namespace rcodescope {

KeyWatch* KeyWatches::Find(const KeyText& name, size_t code) const {
  const size_t key = KeyOf(name);
  return key == kNone ? nullptr : keys_[key].codes[code];
}

size_t KeyWatches::At(const KeyText& name) {
  const uint32_t key = names_.At(name);
  if (key == keys_.size()) keys_.emplace_back().codes.resize(limits_.size());
  return key;
}

KeyWatch& KeyWatches::MakeWatch(size_t key, size_t code, size_t steps) {
  KeyWatch*& watch = keys_[key].codes[code];
  if (watch != nullptr) return *watch;
  watch = &pools_[code].Make({.key = key, .rate = RateWatch(memory_, limits_[code])});
  if (steps != 0) {
    UsualRate usual = watch->rate.Unknown();
    usual.Begin(forgotten_, forgotten_, UsualRate::kRun * forgotten_, static_cast<double>(steps));
    watch->rate.Begin(usual, 0);
  }
  return *watch;
}

void KeyWatches::Bound() {
  if (keys_.size() <= most_) return;
  // Code by code: the watches of one lie side by side, those of a key anywhere.
  rates_.assign(keys_.size(), 0);
  std::vector<bool> held(keys_.size());
  for (size_t code = 0; code < pools_.size(); ++code) {
    ForEach(code, [&](const KeyWatch& watch) {
      double& rate = rates_[watch.key];
      rate = std::max({rate, watch.rate.usual().rate(), watch.rate.LongMean()});
      if (watch.held) held[watch.key] = true;
    });
  }
  std::vector<double> ranked = rates_;
  const auto quarter = ranked.begin() + static_cast<ptrdiff_t>(ranked.size() / 4);
  std::nth_element(ranked.begin(), quarter, ranked.end());
  forgotten_ = *quarter;
  std::vector<bool> forgotten;
  forgotten.reserve(keys_.size());
  for (size_t key = 0; key < keys_.size(); ++key) {
    forgotten.push_back(rates_[key] <= forgotten_ && !held[key]);
  }
  Drop(forgotten);
}

void KeyWatches::Drop(const std::vector<bool>& forgotten) {
  const auto stays = [&](const KeyWatch& watch) { return !forgotten[watch.key]; };
  for (size_t code = 0; code < pools_.size(); ++code) {
    std::erase_if(loud_[code], [&](const KeyWatch* watch) { return !stays(*watch); });
    pools_[code].Sift(stays);
  }
  names_.EraseIf([&](size_t key) { return forgotten[key]; });
  size_t kept = 0;
  for (size_t key = 0; key < keys_.size(); ++key) {
    if (forgotten[key]) continue;
    if (kept != key) keys_[kept] = std::move(keys_[key]);
    for (KeyWatch* const watch : keys_[kept].codes) {
      if (watch != nullptr) watch->key = kept;
    }
    ++kept;
  }
  keys_.resize(kept);
}

}  // namespace rcodescope
