#include "aggregate/top_keys.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

namespace rcodescope {
namespace {

struct Volume {
  uint64_t responses = 0;
  uint64_t errors = 0;
};

constexpr size_t kFewCodes = 16;  // of the header alone

bool IsError(Rcode rcode) { return rcode != Rcode{RcodeSpace::kDns, kRcodeNoError}; }

// Key bytes, by which equals are ordered: the address, or the name on the wire.
std::string KeyBytes(const KeyCounts& table, Dimension dimension, size_t number) {
  if (dimension == Dimension::kZone) {
    const NameRef name = table.NameOf(number);
    return {reinterpret_cast<const char*>(name.data), name.size};
  }
  const IpAddress address = table.AddressOf(number);
  return {reinterpret_cast<const char*>(address.bytes.data()), address.bytes.size()};
}

// The first `count` of `numbers` by `volume`, largest first.
template <typename VolumeOf>
void KeepLargest(std::vector<size_t>& numbers, size_t count, VolumeOf volume,
                 const KeyCounts& table, Dimension dimension) {
  const auto before = [&](size_t a, size_t b) {
    if (volume(a) != volume(b)) return volume(a) > volume(b);
    return KeyBytes(table, dimension, a) < KeyBytes(table, dimension, b);
  };
  count = std::min(count, numbers.size());
  std::partial_sort(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(count),
                    numbers.end(), before);
  numbers.resize(count);
}

}  // namespace

std::vector<size_t> ChooseKeys(const KeyCounts& table, Dimension dimension, size_t top,
                               const KeyLabels& labels) {
  std::vector<Volume> volumes(table.size());
  table.ForEach([&](size_t number, Rcode rcode, uint64_t count) {
    volumes[number].responses += count;
    if (IsError(rcode)) volumes[number].errors += count;
  });
  const auto may_be_named = [&](size_t n) { return labels.Names(table, dimension, n); };
  std::vector<size_t> failing;
  for (size_t number = 0; number < volumes.size(); ++number) {
    if (volumes[number].errors != 0 && may_be_named(number)) failing.push_back(number);
  }
  KeepLargest(
      failing, (top + 1) / 2, [&](size_t n) { return volumes[n].errors; }, table, dimension);
  std::vector<bool> chosen(volumes.size());
  for (const size_t number : failing) chosen[number] = true;

  std::vector<size_t> rest;
  for (size_t number = 0; number < volumes.size(); ++number) {
    if (!chosen[number] && may_be_named(number)) rest.push_back(number);
  }
  const auto responses = [&](size_t n) { return volumes[n].responses; };
  KeepLargest(rest, top - failing.size(), responses, table, dimension);
  rest.insert(rest.end(), failing.begin(), failing.end());
  KeepLargest(rest, rest.size(), responses, table, dimension);
  return rest;
}

void FillRow(KeyCount& row, const std::map<Rcode, uint64_t>& counts) {
  for (const auto& [rcode, count] : counts) {
    row.responses += count;
    if (IsError(rcode)) row.errors += count;
    row.rcodes.emplace_back(rcode, count);
  }
  std::stable_sort(row.rcodes.begin(), row.rcodes.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
}

DimensionCount TopKeys(const KeyCounts& table, Dimension dimension, size_t top,
                       const KeyLabels& labels, const std::function<Rcode(Rcode)>& shown_as) {
  const std::vector<size_t> shown = ChooseKeys(table, dimension, top, labels);

  // The last row is that of all other keys.
  std::vector<std::map<Rcode, uint64_t>> rows(shown.size() + 1);
  std::vector<uint32_t> row_of(table.size(), static_cast<uint32_t>(shown.size()));
  for (size_t i = 0; i < shown.size(); ++i) row_of[shown[i]] = static_cast<uint32_t>(i);
  std::array<uint64_t, kFewCodes> rest{};  // … by the codes that nearly all have
  table.ForEach([&](size_t number, Rcode rcode, uint64_t count) {
    if (row_of[number] == shown.size() && rcode.packed() < rest.size()) {
      rest[rcode.packed()] += count;
    } else {
      rows[row_of[number]][shown_as(rcode)] += count;
    }
  });
  for (uint32_t code = 0; code < rest.size(); ++code) {
    if (rest[code] != 0) rows.back()[shown_as(Rcode::Unpack(code))] += rest[code];
  }
  table.ForEachUnkeyed([&](Rcode rcode, uint64_t count) { rows.back()[shown_as(rcode)] += count; });

  DimensionCount result{.tracked = table.size(), .capacity = table.capacity()};
  for (size_t i = 0; i < shown.size(); ++i) {
    KeyCount& row = result.top.emplace_back();
    row.key = labels.Of(table, dimension, shown[i]);
    FillRow(row, rows[i]);
  }
  result.other.key = "other";
  FillRow(result.other, rows.back());
  return result;
}

}  // namespace rcodescope
