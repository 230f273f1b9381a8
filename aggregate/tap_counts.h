// Responses by where they were seen: by site and by the server's NSID (RFC 5001).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aggregate/count_table.h"
#include "aggregate/site_table.h"
#include "aggregate/snapshot.h"
#include "parse/observation.h"

namespace rcodescope {

inline constexpr size_t kMostNsids = 256;  // told apart; the rest is `other`

// Responses by a small number and code, and whether they answered a QUERY. Exact while it has room.
// One writer; not thread-safe.
class RowCounts {
 public:
  RowCounts(size_t rows, uint64_t secret) : common_(rows * 2, Common{}), rare_(kRare, secret) {}

  static size_t TableBytes(size_t rows) {
    return rows * 2 * sizeof(Common) + CountTable::BytesFor(kRare);
  }
  bool usable() const { return rare_.usable(); }
  bool HasRoom(size_t more) const { return rare_.HasRoom(more); }
  void Add(size_t row, const Observation& response) {
    const size_t place = row * 2 + (response.opcode == Opcode::kQuery ? 0 : 1);
    if (place >= used_) used_ = place + 1;
    if (response.rcode.packed() < kCommonCodes) [[likely]] {
      ++common_[place][response.rcode.packed()];
    } else {
      rare_.Add(uint64_t{place} << 32 | response.rcode.packed(), 1);
    }
  }
  void Clear();

  // Calls visit(row, is_query, rcode, count) for what is not 0.
  template <typename Visit>
  void ForEach(Visit visit) const;

 private:
  static constexpr size_t kCommonCodes = 8;  // of space dns
  static constexpr size_t kRare = 512;
  using Common = std::array<uint64_t, kCommonCodes>;

  std::vector<Common> common_;
  size_t used_ = 0;  // places that may hold something
  CountTable rare_;  // place << 32 | code
};

// Of one window and worker.
class TapCounts {
 public:
  explicit TapCounts(uint64_t secret);
  static size_t TableBytes();
  bool usable() const { return sites_.usable() && nsids_.usable(); }

  bool HasRoom(size_t more) const { return sites_.HasRoom(more) && nsids_.HasRoom(more); }
  // Only responses that are of a site, or have an NSID, cost anything; those of none are what is
  // left of all. `site`: SiteTable's number.
  void RecordSite(uint16_t site, const Observation& response) {
    if (site != SiteTable::kNoSite) sites_.Add(site, response);
  }
  void RecordNsid(const Observation& response) {
    if (response.nsid.empty()) return;
    const size_t row = RowOf(response.nsid);
    if (row != 0) nsids_.Add(row, response);
  }
  void Clear();

  const RowCounts& sites() const { return sites_; }  // by SiteTable's number
  const RowCounts& nsids() const { return nsids_; }
  // What is counted in a row from 1 on.
  std::span<const std::string> nsid_names() const { return {names_.data(), named_}; }
  uint64_t overflow() const { return overflow_; }  // responses with an NSID beyond the limit

 private:
  size_t RowOf(std::span<const std::byte> nsid);

  static constexpr size_t kSlots = 4 * kMostNsids;

  uint64_t secret_;
  RowCounts sites_;
  RowCounts nsids_;
  std::vector<std::string> names_;  // kMostNsids, each with room for the longest
  size_t named_ = 0;
  std::array<uint16_t, kSlots> slots_{};  // row by the name's hash; 0: free
  uint64_t overflow_ = 0;
};

// Of all workers and all time. One thread.
class TapTotals {
 public:
  using ShownAs = std::function<Rcode(Rcode)>;
  using Codes = std::map<Rcode, uint64_t>;

  // `sites`: names by number, the first one of none; empty: there are no sites.
  explicit TapTotals(std::vector<std::string> sites);

  void Merge(const TapCounts& counts, const ShownAs& shown_as);
  void Fold(Rcode from, Rcode to);

  // `all`: every response by code, of which the rows of a dimension are a part.
  DimensionCount BuildSites(const Codes& all) const;
  DimensionCount BuildNsids(const Codes& all) const;

 private:
  std::vector<std::string> names_;
  std::vector<Codes> sites_;
  std::map<std::string, Codes> nsids_;
  uint64_t overflow_ = 0;
};

// As people see it and labels have it: the text when it is printable ASCII, else 0x and hexadecimal
// digits; the latter also for a text that would be taken for that, or for `other`.
std::string NsidText(std::string_view nsid);

template <typename Visit>
void RowCounts::ForEach(Visit visit) const {
  for (size_t place = 0; place < used_; ++place) {
    for (size_t code = 0; code < kCommonCodes; ++code) {
      const uint64_t count = common_[place][code];
      if (count == 0) continue;
      visit(place / 2, place % 2 == 0, Rcode{RcodeSpace::kDns, static_cast<uint16_t>(code)}, count);
    }
  }
  rare_.ForEach([&](uint64_t key, uint64_t count) {
    const size_t place = key >> 32;
    visit(place / 2, place % 2 == 0, Rcode::Unpack(static_cast<uint32_t>(key)), count);
  });
}

}  // namespace rcodescope
