#include "aggregate/key_series.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <vector>

#include "aggregate/top_keys.h"

namespace rcodescope {
namespace {

// On a key from its admission on, so that a reader sees the first of them.
constexpr std::array<Rcode, 4> kExpected = {
    Rcode{RcodeSpace::kDns, kRcodeNoError}, Rcode{RcodeSpace::kDns, kRcodeServFail},
    Rcode{RcodeSpace::kDns, kRcodeNxDomain}, Rcode{RcodeSpace::kDns, kRcodeRefused}};

}  // namespace

ExportedKeys KeySeries::Update(const KeyCounts& table, int64_t epoch,
                               const std::function<Rcode(Rcode)>& shown_as) {
  Retire(epoch);
  Choose(table, epoch);

  std::unordered_map<size_t, Codes> counts;
  for (const auto& [number, key] : keys_) counts[number];
  Codes other;
  table.ForEach([&](size_t number, Rcode rcode, uint64_t count) {
    const Rcode shown = shown_as(rcode);
    other[shown] += count;
    if (const auto own = counts.find(number); own != counts.end()) own->second[shown] += count;
  });
  table.ForEachUnkeyed([&](Rcode rcode, uint64_t count) { other[shown_as(rcode)] += count; });

  ExportedKeys result{.admitted = admitted_, .evicted = evicted_};
  for (auto& [number, key] : keys_) {
    if (key.phase == Phase::kGone) continue;
    Advance(key, counts[number], epoch);
    Codes shown;
    for (const auto& [rcode, counter] : key.codes) {
      shown[rcode] = counter.value;
      other[rcode] -= counter.value;
    }
    KeyCount& row = result.keys.emplace_back();
    row.key = KeyText(table, dimension_, number);
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
      key = {.phase = Phase::kGone, .due = epoch + options_.tenure, .codes = {}};
      ++evicted_;
      ++place;
    }
  }
}

void KeySeries::Choose(const KeyCounts& table, int64_t epoch) {
  const std::vector<size_t> chosen = ChooseKeys(table, dimension_, options_.top);
  const std::unordered_set<size_t> wanted(chosen.begin(), chosen.end());
  for (auto& [number, key] : keys_) {
    if (key.phase == Phase::kFrozen || key.phase == Phase::kGone || wanted.contains(number))
      continue;
    key.phase = Phase::kFrozen;
    key.due = epoch + options_.tenure;
    --staying_;
  }
  for (const size_t number : chosen) {
    if (staying_ == options_.top) break;
    const auto [place, is_new] = keys_.try_emplace(number);
    Key& key = place->second;
    if (is_new) {
      ++admitted_;
    } else if (key.phase == Phase::kFrozen) {
      key.phase = Phase::kResumed;
    } else {
      continue;
    }
    ++staying_;
  }
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
