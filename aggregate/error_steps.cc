#include "aggregate/error_steps.h"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>
#include <unordered_map>

#include "aggregate/tracked_keys.h"

namespace rcodescope {

ErrorSteps::Table::Table(size_t rows)
    : most_(rows),
      free_places_(rows),
      steps_(rows * kMostSteps),
      index_(std::bit_ceil(2 * rows)),
      lowest_(rows) {
  rows_.reserve(rows);
  std::iota(free_places_.rbegin(), free_places_.rend(), uint16_t{0});
}

uint64_t ErrorSteps::Table::HashOf(const KeyText& key, Rcode rcode) {
  constexpr uint64_t kOdd = 0x9e37'79b9'7f4a'7c15;  // 2^64 / golden ratio
  return key.hash() ^ rcode.packed() * kOdd;
}

void ErrorSteps::Table::Add(const KeyText& key, const ErrorGroup& group, size_t step,
                            int64_t slice) {
  const bool again =
      last_ < rows_.size() && rows_[last_].rcode == group.rcode && rows_[last_].key == key;
  if (!again) last_ = NumberOf(key, group.rcode, slice);
  Row& row = rows_[last_];
  row.weight += group.responses * WeightOf(group.rcode);
  steps_[row.place * kMostSteps + step] += group.responses;
}

// A row is made where there is none.
uint16_t ErrorSteps::Table::NumberOf(const KeyText& key, Rcode rcode, int64_t slice) {
  const uint64_t hash = HashOf(key, rcode);
  const auto find = [&] {
    return index_.Find(hash, [&](uint16_t number) {
      return rows_[number].rcode == rcode && rows_[number].key == key;
    });
  };
  NumberIndex::Place place = find();
  if (place.number != NumberIndex::kNone) return place.number;
  if (rows_.size() == most_) {
    Evict();
    place = find();
  }
  const auto number = static_cast<uint16_t>(rows_.size());
  index_.Put(place.slot, hash, number);
  rows_.push_back({.key = key,
                   .rcode = rcode,
                   .place = free_places_.back(),
                   .from_begin = highest_gone_ == 0,
                   .since = slice,
                   .bound = highest_gone_});
  free_places_.pop_back();
  return number;
}

void ErrorSteps::Table::Evict() {
  const auto standing = [&](uint16_t number) { return rows_[number].bound + rows_[number].weight; };
  std::iota(lowest_.begin(), lowest_.end(), uint16_t{0});
  const auto middle = lowest_.begin() + static_cast<std::ptrdiff_t>(most_ / 2);
  std::nth_element(lowest_.begin(), middle, lowest_.end(), [&](uint16_t a, uint16_t b) {
    return standing(a) != standing(b) ? standing(a) < standing(b) : a < b;
  });
  for (auto number = lowest_.begin(); number != middle; ++number) {
    Row& row = rows_[*number];
    highest_gone_ = std::max(highest_gone_, standing(*number));
    const auto begin = steps_.begin() + row.place * kMostSteps;
    std::fill(begin, begin + kMostSteps, 0);
    free_places_.push_back(row.place);
    row.key.clear();
  }
  std::erase_if(rows_, [](const Row& row) { return row.key.empty(); });
  index_.Clear();
  for (uint16_t number = 0; number < rows_.size(); ++number) {
    const uint64_t hash = HashOf(rows_[number].key, rows_[number].rcode);
    index_.Put(index_.Find(hash, [](uint16_t) { return false; }).slot, hash, number);
  }
}

void ErrorSteps::Table::Widen(int64_t first) {
  for (const Row& row : rows_) {
    uint64_t* const steps = &steps_[row.place * kMostSteps];
    for (int64_t i = 0; i < kMostSteps; ++i) {
      const uint64_t count = std::exchange(steps[i], 0);
      steps[StepAxis::Half(first + i) - StepAxis::Half(first)] += count;
    }
  }
}

ErrorSteps::ErrorSteps(int64_t window, size_t rows)
    : window_(window), tables_{Table(rows), Table(rows), Table(rows)} {}

void ErrorSteps::Add(const Window& window) {
  if (window.rcodes.empty()) return;
  const int64_t slice = SliceOf(window.begin, window_);
  int64_t first = axis_.empty() ? 0 : axis_.first();
  for (int doublings = axis_.Reach(slice); doublings != 0; --doublings) {
    for (Table& table : tables_) table.Widen(first);
    first = StepAxis::Half(first);
  }
  const auto step = static_cast<size_t>(axis_.StepOf(slice) - axis_.first());
  for (const ErrorGroup& group : window.errors) {
    const std::array<const KeyText*, kDimensions> keys = {&group.server, &group.zone,
                                                          &group.client};
    for (size_t i = 0; i < kDimensions; ++i) {
      if (!keys[i]->empty()) tables_[i].Add(*keys[i], group, step, slice);
    }
  }
}

KeyErrorSteps::Code ErrorSteps::StepsOf(const Table& table, const Row& row, size_t steps) const {
  KeyErrorSteps::Code code{.rcode = row.rcode};
  if (!row.from_begin) {
    code.known_from = static_cast<size_t>(axis_.StepOf(row.since) - axis_.first());
  }
  code.steps.assign(table.StepsOf(row), table.StepsOf(row) + steps);
  return code;
}

KeyErrorSteps ErrorSteps::Build(
    const std::array<DimensionCount, kDimensions>& dimensions, size_t most,
    const std::function<Rcode(Rcode)>& shown_as,
    const std::function<std::string(const std::string&)>& client_as) const {
  KeyErrorSteps result;
  if (axis_.empty()) return result;
  result.step = window_ * axis_.factor();
  result.begin = {axis_.first() * result.step};
  result.steps = static_cast<size_t>(axis_.last() - axis_.first() + 1);
  for (size_t i = 0; i < kDimensions; ++i) {
    std::unordered_map<std::string, std::vector<const Row*>> rows;
    for (const Row& row : tables_[i].rows()) {
      const bool client = static_cast<Dimension>(i) == Dimension::kClient;
      rows[client ? client_as(row.key) : row.key.str()].push_back(&row);
    }
    std::vector<uint64_t> errors;
    for (const KeyCount& key : dimensions[i].top) errors.push_back(key.errors);
    std::sort(errors.begin(), errors.end(), std::greater<>());
    const uint64_t least = errors.size() > most ? errors[most] + 1 : 1;
    for (const KeyCount& key : dimensions[i].top) {
      const auto own = rows.find(key.key);
      if (key.errors < least || own == rows.end()) continue;
      std::map<Rcode, KeyErrorSteps::Code> codes;
      for (const Row* row : own->second) {
        KeyErrorSteps::Code code = StepsOf(tables_[i], *row, result.steps);
        const auto [place, is_new] = codes.try_emplace(shown_as(row->rcode), code);
        if (is_new) continue;
        KeyErrorSteps::Code& sum = place->second;
        sum.known_from = std::max(sum.known_from, code.known_from);
        for (size_t step = 0; step < result.steps; ++step) sum.steps[step] += code.steps[step];
      }
      KeyErrorSteps::Key& entry = result.keys[i].emplace_back();
      entry.key = key.key;
      for (auto& [rcode, code] : codes) {
        code.rcode = rcode;
        std::fill_n(code.steps.begin(), code.known_from, 0);
        entry.rcodes.push_back(std::move(code));
      }
    }
  }
  return result;
}

}  // namespace rcodescope
