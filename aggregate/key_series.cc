#include "aggregate/key_series.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>
#include <vector>

#include "aggregate/top_keys.h"

namespace rcodescope {
namespace {

// Of what a table can hold, one in so many may be on the page.
constexpr size_t kTableShare = 4;

constexpr size_t kCandidates = 2;  // that are remembered, for each on the page
constexpr double kTenures = 5;     // after which what came counts half

// On a key from its admission on, so that a reader sees the first of them.
constexpr std::array<Rcode, 4> kExpected = {
    Rcode{RcodeSpace::kDns, kRcodeNoError}, Rcode{RcodeSpace::kDns, kRcodeServFail},
    Rcode{RcodeSpace::kDns, kRcodeNxDomain}, Rcode{RcodeSpace::kDns, kRcodeRefused}};

}  // namespace

KeySeries::KeySeries(Dimension dimension, const KeySeriesOptions& options)
    : dimension_(dimension),
      options_(options),
      recent_(kCandidates * options.top, kTenures * static_cast<double>(options.tenure)) {}

ExportedKeys KeySeries::Update(const KeyCounts& table, int64_t epoch,
                               const std::function<Rcode(Rcode)>& shown_as) {
  Retire(epoch);
  Choose(table, epoch);

  std::unordered_map<size_t, Codes> counts;
  for (const auto& [key, state] : keys_) counts[table.NumberOf(key)];
  Codes other;
  table.ForEach([&](size_t number, Rcode rcode, uint64_t count) {
    const Rcode shown = shown_as(rcode);
    other[shown] += count;
    if (const auto own = counts.find(number); own != counts.end()) own->second[shown] += count;
  });
  table.ForEachUnkeyed([&](Rcode rcode, uint64_t count) { other[shown_as(rcode)] += count; });

  ExportedKeys result{.admitted = admitted_, .evicted = evicted_};
  for (auto& [key, state] : keys_) {
    if (state.phase == Phase::kGone) continue;
    const size_t number = table.NumberOf(key);
    Advance(state, counts[number], epoch);
    Codes shown;
    for (const auto& [rcode, counter] : state.codes) {
      shown[rcode] = counter.value;
      other[rcode] -= counter.value;
    }
    KeyCount& row = result.keys.emplace_back();
    row.key = options_.labels.Of(table, dimension_, number);
    FillRow(row, shown);
  }
  for (const auto& [rcode, count] : retired_) {
    other[rcode] -= count;
    result.retired.emplace_back(rcode, count);
  }
  result.other.key = "other";
  FillRow(result.other, other);
  begun_ = true;
  return result;
}

// Ends what has been frozen, or gone, for a tenure.
void KeySeries::Retire(int64_t epoch) {
  for (auto place = keys_.begin(); place != keys_.end();) {
    Key& key = place->second;
    const bool staying = key.phase == Phase::kOn || key.phase == Phase::kResumed;
    if (staying || epoch < key.due) {
      ++place;
    } else if (key.phase == Phase::kGone) {
      place = keys_.erase(place);
    } else {
      for (const auto& [rcode, counter] : key.codes) {
        if (counter.value != 0) retired_[rcode] += counter.value;
      }
      --leaving_;
      key = {.phase = Phase::kGone, .due = epoch + options_.tenure, .codes = {}};
      ++evicted_;
      ++place;
    }
  }
}

// A half of late, a half of all time, and of both half by errors: what is rare among many keys that
// come once stands out in the long run only, and what is new of late only.
std::vector<size_t> KeySeries::Wanted(const KeyCounts& table, size_t top) const {
  struct Candidate {
    size_t number;
    FadingVolume volume;
  };
  std::vector<Candidate> candidates;
  recent_.ForEach([&](const CountKey& key, const FadingVolume& volume) {
    const size_t number = table.NumberOf(key);
    if (number != KeyCounts::kNoKey && options_.labels.Names(table, dimension_, number)) {
      candidates.push_back({number, volume});
    }
  });
  std::vector<size_t> wanted;
  std::unordered_set<size_t> taken;
  const auto take = [&](size_t most, double FadingVolume::*measure) {
    std::sort(candidates.begin(), candidates.end(), [&](const Candidate& a, const Candidate& b) {
      return a.volume.*measure != b.volume.*measure ? a.volume.*measure > b.volume.*measure
                                                    : a.number < b.number;
    });
    for (const Candidate& candidate : candidates) {
      if (wanted.size() == most || candidate.volume.*measure == 0) return;
      if (taken.insert(candidate.number).second) wanted.push_back(candidate.number);
    }
  };
  const auto take_of_all_time = [&](size_t most) {
    for (const size_t number : ChooseKeys(table, dimension_, most, options_.labels)) {
      if (wanted.size() == top) return;
      if (taken.insert(number).second) wanted.push_back(number);
    }
  };
  take((top + 3) / 4, &FadingVolume::errors);
  take((top + 1) / 2, &FadingVolume::responses);
  take_of_all_time(top - wanted.size());
  take(top, &FadingVolume::errors);  // those of both halves have left room
  take(top, &FadingVolume::responses);
  take_of_all_time(top);
  return wanted;
}

void KeySeries::Choose(const KeyCounts& table, int64_t epoch) {
  const size_t top = std::min(options_.top, table.capacity() / kTableShare);
  const std::vector<size_t> chosen = Wanted(table, top);
  recent_.EndEpoch();
  std::vector<Key*> back;  // frozen ones that are wanted again
  for (const size_t number : chosen) {
    const auto place = keys_.find(table.KeyOf(number));
    const bool frozen = place != keys_.end() && place->second.phase == Phase::kFrozen;
    if (frozen) back.push_back(&place->second);
  }
  Freeze(table, chosen, top + back.size(), epoch);
  for (Key* const key : back) {
    if (staying_ == top) break;
    key->phase = Phase::kResumed;
    --leaving_;
    ++staying_;
  }
  for (const size_t number : chosen) {
    if (staying_ == top) break;
    if (!keys_.try_emplace(table.KeyOf(number)).second) continue;
    ++admitted_;
    ++staying_;
  }
}

// Of the keys that are not wanted any more, those that have been known longest go first, until
// `most` are frozen.
void KeySeries::Freeze(const KeyCounts& table, const std::vector<size_t>& chosen, size_t most,
                       int64_t epoch) {
  const std::unordered_set<size_t> wanted(chosen.begin(), chosen.end());
  std::vector<std::pair<size_t, Key*>> unwanted;
  for (auto& [key, state] : keys_) {
    if (state.phase == Phase::kFrozen || state.phase == Phase::kGone) continue;
    const size_t number = table.NumberOf(key);
    if (!wanted.contains(number)) unwanted.emplace_back(number, &state);
  }
  std::sort(unwanted.begin(), unwanted.end());
  for (const auto& [number, key] : unwanted) {
    if (leaving_ == most) break;
    key->phase = Phase::kFrozen;
    key->due = epoch + options_.tenure;
    ++leaving_;
    --staying_;
  }
}

std::vector<CountKey> KeySeries::keys() const {
  std::vector<CountKey> keys;
  for (const auto& [key, state] : keys_) {
    if (state.phase != Phase::kGone) keys.push_back(key);
  }
  return keys;
}

// `counts`: what the key has in all.
void KeySeries::Advance(Key& key, const Codes& counts, int64_t epoch) {
  if (key.phase == Phase::kFrozen) return;
  const auto add = [&](Rcode rcode) {
    key.codes.try_emplace(rcode, Counter{.counting = !begun_, .due = epoch + options_.tenure});
  };
  if (begun_) std::for_each(kExpected.begin(), kExpected.end(), add);
  for (const auto& [rcode, count] : counts) add(rcode);
  for (auto& [rcode, counter] : key.codes) {
    const auto found = counts.find(rcode);
    const uint64_t count = found == counts.end() ? 0 : found->second;
    const bool begins = !counter.counting && epoch >= counter.due;
    if (begins || key.phase == Phase::kResumed) counter.base = count - counter.value;
    if (begins) counter.counting = true;
    if (counter.counting) counter.value = count - counter.base;
  }
  key.phase = Phase::kOn;
}

}  // namespace rcodescope
