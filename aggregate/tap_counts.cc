#include "aggregate/tap_counts.h"

#include <algorithm>
#include <utility>

#include "aggregate/top_keys.h"
#include "parse/keyed_hash.h"
#include "parse/observation_batch.h"

namespace rcodescope {
namespace {

std::string_view TextOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void Move(std::map<Rcode, uint64_t>& codes, Rcode from, Rcode to) {
  const auto moved = codes.find(from);
  if (moved == codes.end()) return;
  codes[to] += moved->second;
  codes.erase(moved);
}

// As TopKeys, with every key shown; what is left of `all` is in `other`.
DimensionCount Listed(std::vector<std::pair<std::string, TapTotals::Codes>> rows,
                      TapTotals::Codes all) {
  DimensionCount result;
  for (auto& [key, codes] : rows) {
    for (const auto& [rcode, count] : codes) all[rcode] -= count;
    KeyCount& row = result.top.emplace_back();
    row.key = std::move(key);
    FillRow(row, codes);
  }
  std::sort(result.top.begin(), result.top.end(), [](const KeyCount& a, const KeyCount& b) {
    return a.responses != b.responses ? a.responses > b.responses : a.key < b.key;
  });
  result.other.key = "other";
  std::erase_if(all, [](const auto& code) { return code.second == 0; });
  FillRow(result.other, all);
  result.tracked = result.top.size();
  return result;
}

}  // namespace

void RowCounts::Clear() {
  std::fill_n(common_.begin(), used_, Common{});
  used_ = 0;
  rare_.Clear();
}

TapCounts::TapCounts(uint64_t secret)
    : secret_(secret),
      sites_(SiteTable::kMostSites + 1, secret),
      nsids_(kMostNsids + 1, secret),
      names_(kMostNsids) {
  for (std::string& name : names_) name.reserve(ObservationBatch::kLongestNsid);
}

size_t TapCounts::TableBytes() {
  constexpr size_t kNameBytes = sizeof(std::string) + ObservationBatch::kLongestNsid;
  return RowCounts::TableBytes(SiteTable::kMostSites + 1) + RowCounts::TableBytes(kMostNsids + 1) +
         kMostNsids * kNameBytes;
}

size_t TapCounts::RowOf(std::span<const std::byte> nsid) {
  const std::string_view text = TextOf(nsid);
  size_t slot = KeyedHash64(text.data(), text.size(), secret_) % kSlots;
  for (; slots_[slot] != 0; slot = (slot + 1) % kSlots) {
    if (names_[slots_[slot] - size_t{1}] == text) return slots_[slot];
  }
  if (named_ == kMostNsids) {
    ++overflow_;
    return 0;
  }
  names_[named_++].assign(text);
  slots_[slot] = static_cast<uint16_t>(named_);
  return named_;
}

void TapCounts::Clear() {
  sites_.Clear();
  nsids_.Clear();
  if (named_ != 0) slots_.fill(0);
  named_ = 0;
  overflow_ = 0;
}

TapTotals::TapTotals(std::vector<std::string> sites)
    : names_(std::move(sites)), sites_(std::max<size_t>(names_.size(), 1)) {}

void TapTotals::Merge(const TapCounts& counts, const ShownAs& shown_as) {
  counts.sites().ForEach([&](size_t row, bool, Rcode rcode, uint64_t count) {
    sites_[row][shown_as(rcode)] += count;
  });
  overflow_ += counts.overflow();
  std::vector<Codes*> rows{nullptr};  // null: refused
  for (const std::string& name : counts.nsid_names()) {
    const bool refused = nsids_.size() == kMostNsids && !nsids_.contains(name);
    rows.push_back(refused ? nullptr : &nsids_[name]);
  }
  counts.nsids().ForEach([&](size_t row, bool, Rcode rcode, uint64_t count) {
    if (rows[row] == nullptr) {
      overflow_ += count;
    } else {
      (*rows[row])[shown_as(rcode)] += count;
    }
  });
}

void TapTotals::Fold(Rcode from, Rcode to) {
  for (Codes& codes : sites_) Move(codes, from, to);
  for (auto& [name, codes] : nsids_) Move(codes, from, to);
}

DimensionCount TapTotals::BuildSites(const Codes& all) const {
  std::vector<std::pair<std::string, Codes>> rows;
  for (size_t i = 1; i < names_.size(); ++i) rows.emplace_back(names_[i], sites_[i]);
  DimensionCount result = Listed(std::move(rows), all);
  result.capacity = result.tracked;
  return result;
}

DimensionCount TapTotals::BuildNsids(const Codes& all) const {
  std::vector<std::pair<std::string, Codes>> rows;
  for (const auto& [nsid, codes] : nsids_) rows.emplace_back(NsidText(nsid), codes);
  DimensionCount result = Listed(std::move(rows), all);
  result.capacity = kMostNsids;
  result.overflow_responses = overflow_;
  return result;
}

std::string NsidText(std::string_view nsid) {
  const bool plain =
      std::all_of(nsid.begin(), nsid.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (plain && !nsid.starts_with("0x") && nsid != "other") return std::string(nsid);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "0x";
  for (const char c : nsid) {
    const auto octet = static_cast<uint8_t>(c);
    text += {kDigits[octet >> 4], kDigits[octet & 15]};
  }
  return text;
}

}  // namespace rcodescope
