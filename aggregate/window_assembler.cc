#include "aggregate/window_assembler.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace rcodescope {
namespace {

auto KeysOf(const ErrorGroup& group) {
  return std::tie(group.rcode, group.zone, group.server, group.client, group.qtype,
                  group.info_code);
}

// The same keys of several workers become one group.
void SortAndSum(std::vector<ErrorGroup>& groups) {
  std::sort(groups.begin(), groups.end(),
            [](const ErrorGroup& a, const ErrorGroup& b) { return KeysOf(a) < KeysOf(b); });
  size_t kept = 0;
  for (size_t i = 0; i < groups.size(); ++i) {
    if (kept != 0 && KeysOf(groups[kept - 1]) == KeysOf(groups[i])) {
      groups[kept - 1].responses += groups[i].responses;
    } else if (kept++ != i) {
      groups[kept - 1] = std::move(groups[i]);
    }
  }
  groups.resize(kept);
}

}  // namespace

void WindowAssembler::Add(const WindowDelta& delta, int64_t reached) {
  const Totals& totals = delta.totals;
  if (totals.response_total() == 0 && totals.query_total() == 0) return;
  // How far a worker's last delta goes on, its end does not tell: it is taken for one slice.
  const bool ends = reached == std::numeric_limits<int64_t>::max();
  const int64_t last = exact_ || ends ? delta.window : std::max(delta.window, reached - 1);
  Slice& slice = At(delta.window, last);
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
  keys.ForEachServer([&](const IpAddress& server, Rcode rcode, uint64_t count) {
    slice.servers[server][rcode] += count;
  });
  std::vector<std::string> zones;
  for (size_t i = 0; i < keys.zones(); ++i) {
    zones.push_back(labels_.OfZone(keys.ZoneName(static_cast<uint16_t>(i))));
  }
  const auto zone_of = [&](uint16_t zone) {
    return zone == ErrorKeys::kNoName ? std::string() : zones[zone];
  };
  keys.ForEachError([&](const ErrorKeys& error, uint64_t count) {
    slice.errors.push_back({.rcode = error.rcode,
                            .zone = zone_of(error.zone),
                            .server = error.has_server ? error.server.ToString() : std::string(),
                            .client = labels_.OfClientInWindow(error.client, error.client_bits),
                            .qtype = error.qtype,
                            .info_code = error.info_code,
                            .responses = count});
  });
  keys.ForEachSpread([&](Rcode rcode, uint16_t zone, const DistinctCounter& clients,
                         const DistinctCounter& names) {
    Spread& spread = slice.spread[{rcode, zone_of(zone)}];
    spread.clients.MergeFrom(clients);
    spread.names.MergeFrom(names);
  });
}

// The slice that has all from `first` to `last`: those that lie within become one with it.
WindowAssembler::Slice& WindowAssembler::At(int64_t first, int64_t last) {
  auto place = slices_.upper_bound(first);
  if (place != slices_.begin() && std::prev(place)->second.last >= first) {
    --place;
  } else {
    place = slices_.emplace(first, Slice{}).first;
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
  for (const auto& [server, rcodes] : from.servers) {
    for (const auto& [rcode, count] : rcodes) to.servers[server][rcode] += count;
  }
  for (const auto& [site, rcodes] : from.sites) {
    for (const auto& [rcode, count] : rcodes) to.sites[site][rcode] += count;
  }
  to.errors.insert(to.errors.end(), std::make_move_iterator(from.errors.begin()),
                   std::make_move_iterator(from.errors.end()));
  for (const auto& [key, spread] : from.spread) {
    to.spread[key].clients.MergeFrom(spread.clients);
    to.spread[key].names.MergeFrom(spread.names);
  }
}

void WindowAssembler::Close(int64_t complete, double completeness,
                            const std::function<void(const Window&)>& take) {
  while (!slices_.empty() && slices_.begin()->second.last < complete) {
    Window window = WindowOf(slices_.begin()->first, std::move(slices_.begin()->second));
    slices_.erase(slices_.begin());
    window.completeness = completeness;
    take(window);
  }
}

Window WindowAssembler::WindowOf(int64_t first, Slice&& slice) const {
  Window window;
  window.begin = {first * window_};
  window.length = (slice.last - first + 1) * window_;
  for (const auto& [rcode, count] : slice.rcodes) window.rcodes.push_back({rcode, count});
  for (const auto& [server, rcodes] : slice.servers) {
    ServerWindow row{.server = server.ToString(), .rcodes = {}};
    for (const auto& [rcode, count] : rcodes) row.rcodes.push_back({rcode, count});
    window.servers.push_back(std::move(row));
  }
  for (const auto& [site, rcodes] : slice.sites) {
    SiteWindow row{.site = site_names_[site], .rcodes = {}};
    for (const auto& [rcode, count] : rcodes) row.rcodes.push_back({rcode, count});
    window.sites.push_back(std::move(row));
  }
  SortAndSum(slice.errors);
  window.errors = std::move(slice.errors);
  for (const auto& [key, spread] : slice.spread) {
    window.spread.push_back(
        {key.first, key.second, spread.clients.Estimate(), spread.names.Estimate()});
  }
  return window;
}

}  // namespace rcodescope
