#include "aggregate/window_assembler.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace rcodescope {
namespace {

// New names of zones, or of hosts, until those are looked for that nobody has.
constexpr size_t kMostTexts = 8'192;

constexpr size_t kSlicesKept = 4;  // whose memory is used again
constexpr size_t kCodesKept = 64;  // of a server: more memory is given back

bool ByCode(const RcodeCount& a, const RcodeCount& b) { return a.rcode < b.rcode; }

void Count(const RcodeCount& row, std::vector<RcodeCount>& codes) {
  const auto same = std::find_if(codes.begin(), codes.end(),
                                 [&](const RcodeCount& other) { return other.rcode == row.rcode; });
  if (same == codes.end()) {
    codes.push_back(row);
  } else {
    same->responses += row.responses;
  }
}

template <typename Row>
void Append(std::vector<Row>& to, std::vector<Row>&& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

void WindowAssembler::Add(const WindowDelta& delta) {
  const Totals& totals = delta.totals;
  if (totals.response_total() == 0 && totals.query_total() == 0) return;
  Slice& slice = At(delta.window, delta.last);
  totals.ForEachResponse([&](const ResponseCount& row) {
    if (row.opcode == Opcode::kQuery) slice.rcodes[row.rcode] += row.count;
  });
  delta.taps.sites().ForEach([&](size_t site, bool is_query, Rcode rcode, uint64_t count) {
    // The first is that of none.
    if (is_query && site != 0 && site < site_names_.size()) slice.sites[site][rcode] += count;
  });
  AddKeys(delta.keys, slice);
  overflow_.server_responses += delta.keys.overflow().server_responses;
  overflow_.errors += delta.keys.overflow().errors;
  overflow_.spreads += delta.keys.overflow().spreads;
}

void WindowAssembler::AddKeys(const WindowKeys& keys, Slice& slice) {
  zones_.clear();
  for (size_t i = 0; i < keys.zones(); ++i) {
    zones_.push_back(texts_.OfZone(keys.ZoneName(static_cast<uint16_t>(i))));
  }
  servers_.clear();
  for (size_t i = 0; i < keys.servers(); ++i) {
    servers_.push_back(texts_.OfServer(keys.ServerAddress(static_cast<uint16_t>(i))));
  }
  AddServers(keys, slice);
  const auto named = [](const std::vector<KeyText>& texts, uint16_t number) {
    return number == ErrorKeys::kNone ? KeyText() : texts[number];
  };
  keys.ForEachError([&](const ErrorKeys& error, uint64_t count) {
    slice.errors.push_back({.rcode = error.rcode,
                            .zone = named(zones_, error.zone),
                            .server = named(servers_, error.server),
                            .client = texts_.OfClient(error.client, error.client_bits),
                            .qtype = error.qtype,
                            .info_code = error.info_code,
                            .responses = count});
  });
  keys.ForEachSpread(
      [&](Rcode rcode, uint16_t zone, const RoughCount& clients, const RoughCount& names) {
        slice.spread.push_back({rcode, named(zones_, zone), clients, names});
      });
}

// Servers come in the order of their numbers; then, in any order, those with rare codes.
void WindowAssembler::AddServers(const WindowKeys& keys, Slice& slice) {
  size_t number = 0;
  std::vector<RcodeCount>* codes = nullptr;
  const IpAddress* last = nullptr;
  keys.ForEachServer([&](const IpAddress& server, Rcode rcode, uint64_t count) {
    if (last == nullptr || *last != server) {
      while (number < servers_.size() &&
             keys.ServerAddress(static_cast<uint16_t>(number)) != server) {
        ++number;
      }
      codes =
          &CodesOf(number < servers_.size() ? servers_[number] : texts_.OfServer(server), slice);
      last = &server;
    }
    Count({rcode, count}, *codes);
  });
}

// Valid until a server is added.
std::vector<RcodeCount>& WindowAssembler::CodesOf(const KeyText& server, Slice& slice) {
  const uint32_t row = slice.server_rows.At(server);
  if (row == slice.servers.size()) {
    slice.servers.push_back({.server = server, .rcodes = {}});
    if (!empty_codes_.empty()) {
      slice.servers.back().rcodes.swap(empty_codes_.back());
      empty_codes_.pop_back();
    }
  }
  return slice.servers[row].rcodes;
}

// The slice that has all from `first` to `last`: those that lie within become one with it.
WindowAssembler::Slice& WindowAssembler::At(int64_t first, int64_t last) {
  auto place = slices_.upper_bound(first);
  if (place != slices_.begin() && std::prev(place)->second.last >= first) {
    --place;
  } else {
    place = slices_.emplace(first, Slice{}).first;
    if (!empty_slices_.empty()) {
      place->second = std::move(empty_slices_.back());
      empty_slices_.pop_back();
    }
    place->second.last = last;
  }
  Slice& slice = place->second;
  slice.last = std::max(slice.last, last);
  for (auto next = std::next(place); next != slices_.end() && next->first <= slice.last;
       next = slices_.erase(next)) {
    slice.last = std::max(slice.last, next->second.last);
    Join(slice, std::move(next->second));
  }
  return slice;
}

void WindowAssembler::Join(Slice& to, Slice&& from) {
  for (const auto& [rcode, count] : from.rcodes) to.rcodes[rcode] += count;
  for (const auto& [site, rcodes] : from.sites) {
    for (const auto& [rcode, count] : rcodes) to.sites[site][rcode] += count;
  }
  for (const ServerWindow& server : from.servers) {
    std::vector<RcodeCount>& codes = CodesOf(server.server, to);
    for (const RcodeCount& row : server.rcodes) Count(row, codes);
  }
  Append(to.errors, std::move(from.errors));
  Append(to.spread, std::move(from.spread));
}

void WindowAssembler::Close(int64_t complete, double completeness,
                            const std::function<void(const Window&)>& take) {
  while (!slices_.empty() && slices_.begin()->second.last < complete) {
    Slice& slice = slices_.begin()->second;
    MakeWindow(slices_.begin()->first, slice);
    Empty(slice);
    if (empty_slices_.size() < kSlicesKept) empty_slices_.push_back(std::move(slice));
    slices_.erase(slices_.begin());
    made_.completeness = completeness;
    take(made_);
    texts_.Bound(kMostTexts);
  }
}

void WindowAssembler::MakeWindow(int64_t first, Slice& slice) {
  made_.begin = {first * window_};
  made_.length = (slice.last - first + 1) * window_;
  made_.rcodes.clear();
  for (const auto& [rcode, count] : slice.rcodes) made_.rcodes.push_back({rcode, count});
  ListServers(slice);
  made_.sites.clear();
  for (const auto& [site, rcodes] : slice.sites) {
    SiteWindow row{.site = site_names_[site], .rcodes = {}};
    for (const auto& [rcode, count] : rcodes) row.rcodes.push_back({rcode, count});
    made_.sites.push_back(std::move(row));
  }
  made_.errors.swap(slice.errors);
  ListErrors();
  ListSpread(slice.spread);
}

void WindowAssembler::ListServers(Slice& slice) {
  for (ServerWindow& server : slice.servers) {
    std::sort(server.rcodes.begin(), server.rcodes.end(), ByCode);
  }
  made_.servers.swap(slice.servers);
}

// What no group has is known by its code alone.
void WindowAssembler::ListErrors() {
  rest_ = made_.rcodes;
  for (const ErrorGroup& group : made_.errors) {
    const auto row =
        std::lower_bound(rest_.begin(), rest_.end(), RcodeCount{group.rcode, 0}, ByCode);
    if (row != rest_.end() && row->rcode == group.rcode) row->responses -= group.responses;
  }
  for (const auto& [rcode, count] : rest_) {
    if (count != 0 && rcode != Rcode{}) {
      made_.errors.push_back({.rcode = rcode, .responses = count});
    }
  }
  order_.SortAndSum(made_.errors);
}

void WindowAssembler::ListSpread(std::vector<Spread>& spread) {
  const auto keys = [](const Spread* row) { return std::tie(row->rcode, row->zone); };
  spreads_.clear();
  for (Spread& row : spread) spreads_.push_back(&row);
  std::sort(spreads_.begin(), spreads_.end(),
            [&](const Spread* a, const Spread* b) { return keys(a) < keys(b); });
  made_.spread.clear();
  for (size_t i = 0; i < spreads_.size();) {
    Spread& row = *spreads_[i++];
    for (; i < spreads_.size() && keys(&row) == keys(spreads_[i]); ++i) {
      row.clients.Merge(spreads_[i]->clients);
      row.names.Merge(spreads_[i]->names);
    }
    made_.spread.push_back({row.rcode, row.zone, row.clients.Estimate(), row.names.Estimate(),
                            row.clients, row.names});
  }
}

void WindowAssembler::Empty(Slice& slice) {
  slice.rcodes.clear();
  slice.sites.clear();
  slice.server_rows.Clear();
  for (ServerWindow& server : slice.servers) {
    if (server.rcodes.capacity() > kCodesKept) continue;
    server.rcodes.clear();
    empty_codes_.push_back(std::move(server.rcodes));
  }
  slice.servers.clear();
  slice.errors.clear();
  slice.spread.clear();
}

}  // namespace rcodescope
