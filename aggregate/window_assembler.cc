#include "aggregate/window_assembler.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace rcodescope {
namespace {

constexpr size_t kMostTexts = 16'384;  // of zones and of hosts, beside those in use

// Adds up neighbours with the same keys.
template <typename Row, typename Same, typename Add>
void Sum(std::vector<Row>& rows, Same same, Add add) {
  size_t kept = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (kept != 0 && same(rows[kept - 1], rows[i])) {
      add(rows[kept - 1], rows[i]);
    } else if (kept++ != i) {
      rows[kept - 1] = std::move(rows[i]);
    }
  }
  rows.erase(rows.begin() + static_cast<ptrdiff_t>(kept), rows.end());
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
  keys.ForEachServer([&](const IpAddress& server, Rcode rcode, uint64_t count) {
    slice.servers.push_back({server, {rcode, count}});
  });
  zones_.clear();
  for (size_t i = 0; i < keys.zones(); ++i) {
    zones_.push_back(texts_.OfZone(keys.ZoneName(static_cast<uint16_t>(i))));
  }
  servers_.clear();
  for (size_t i = 0; i < keys.servers(); ++i) {
    servers_.push_back(texts_.OfServer(keys.ServerAddress(static_cast<uint16_t>(i))));
  }
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
  for (const auto& [site, rcodes] : from.sites) {
    for (const auto& [rcode, count] : rcodes) to.sites[site][rcode] += count;
  }
  Append(to.servers, std::move(from.servers));
  Append(to.errors, std::move(from.errors));
  Append(to.spread, std::move(from.spread));
}

void WindowAssembler::Close(int64_t complete, double completeness,
                            const std::function<void(const Window&)>& take) {
  while (!slices_.empty() && slices_.begin()->second.last < complete) {
    MakeWindow(slices_.begin()->first, slices_.begin()->second);
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
  ListServers(slice.servers);
  made_.sites.clear();
  for (const auto& [site, rcodes] : slice.sites) {
    SiteWindow row{.site = site_names_[site], .rcodes = {}};
    for (const auto& [rcode, count] : rcodes) row.rcodes.push_back({rcode, count});
    made_.sites.push_back(std::move(row));
  }
  made_.errors = std::move(slice.errors);
  ListErrors(slice);
  ListSpread(slice.spread);
}

void WindowAssembler::ListServers(std::vector<ServerCount>& servers) {
  const auto keys = [](const ServerCount& row) { return std::tie(row.server, row.count.rcode); };
  std::sort(servers.begin(), servers.end(),
            [&](const ServerCount& a, const ServerCount& b) { return keys(a) < keys(b); });
  Sum(
      servers, [&](const ServerCount& a, const ServerCount& b) { return keys(a) == keys(b); },
      [](ServerCount& to, const ServerCount& from) { to.count.responses += from.count.responses; });
  made_.servers.clear();
  const IpAddress* server = nullptr;  // of the last row
  for (const ServerCount& row : servers) {
    if (server == nullptr || *server != row.server) {
      made_.servers.push_back({texts_.OfServer(row.server), {}});
    }
    made_.servers.back().rcodes.push_back(row.count);
    server = &row.server;
  }
}

// What no group has is known by its code alone.
void WindowAssembler::ListErrors(const Slice& slice) {
  std::map<Rcode, uint64_t> rest = slice.rcodes;
  rest.erase(Rcode{});
  for (const ErrorGroup& group : made_.errors) rest[group.rcode] -= group.responses;
  for (const auto& [rcode, count] : rest) {
    if (count != 0) made_.errors.push_back({.rcode = rcode, .responses = count});
  }
  SortAndSum(made_.errors);
}

void WindowAssembler::ListSpread(std::vector<Spread>& spread) {
  const auto keys = [](const Spread& row) { return std::tie(row.rcode, row.zone); };
  std::sort(spread.begin(), spread.end(),
            [&](const Spread& a, const Spread& b) { return keys(a) < keys(b); });
  Sum(
      spread, [&](const Spread& a, const Spread& b) { return keys(a) == keys(b); },
      [](Spread& to, const Spread& from) {
        to.clients.Merge(from.clients);
        to.names.Merge(from.names);
      });
  made_.spread.clear();
  for (const Spread& row : spread) {
    made_.spread.push_back({row.rcode, row.zone, row.clients.Estimate(), row.names.Estimate()});
  }
}

}  // namespace rcodescope
