#include "bench/incidents/window_view.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace rcodescope {
namespace {

constexpr size_t kMostZones = 32;      // with a spread, of each code; those with most errors
constexpr size_t kMostServers = 1024;  // in a window

// One in five clients has IPv6.
constexpr uint64_t kIpv6Part = 5;

uint32_t AddressNumber(uint16_t server, Family family) {
  return 2 * uint32_t{server} + (family == Family::kIpv6 ? 1 : 0);
}

Rcode DnsRcode(uint16_t code) { return {RcodeSpace::kDns, code}; }

auto KeysOf(const Cell& cell) {
  return std::tie(cell.code, cell.zone, cell.client, cell.server, cell.qtype, cell.info_code);
}

bool SameZone(const Cell& a, const Cell& b) { return a.code == b.code && a.zone == b.zone; }

std::vector<RcodeCount> Counts(const std::map<uint16_t, uint64_t>& counts) {
  std::vector<RcodeCount> list;
  for (const auto& [code, responses] : counts) {
    if (responses != 0) list.push_back({DnsRcode(code), responses});
  }
  return list;
}

}  // namespace

const std::string& WindowView::AddressOf(uint32_t address) {
  if (address >= addresses_.size()) addresses_.resize(address + size_t{1});
  std::string& name = addresses_[address];
  if (name.empty()) {
    const Family family = address % 2 == 0 ? Family::kIpv4 : Family::kIpv6;
    name = sensor_.Server(static_cast<uint16_t>(address / 2), family).ToString();
  }
  return name;
}

const std::string& WindowView::ClientName(uint32_t client) {
  std::string& name = clients_[client];
  if (name.empty() && client != kAnyClient) name = Sensor::Client(client).ToString();
  return name;
}

void WindowView::AddGroups(const Slice& slice) {
  size_t groups = 0;
  const Cell* before = nullptr;
  for (const Cell& cell : slice.errors) {
    if (before != nullptr && KeysOf(*before) == KeysOf(cell)) {
      window_.errors[groups - 1].responses += cell.responses;
      continue;
    }
    before = &cell;
    if (groups == window_.errors.size()) window_.errors.emplace_back();
    ErrorGroup& group = window_.errors[groups++];
    group.rcode = DnsRcode(cell.code);
    group.zone = sensor_.zones[cell.zone];
    group.server = AddressOf(AddressNumber(cell.server, Sensor::ClientFamily(cell.client)));
    group.client = ClientName(cell.client);
    group.qtype = cell.qtype;
    group.info_code = cell.info_code;
    group.responses = cell.responses;
  }
  window_.errors.resize(groups);
}

void WindowView::AddCounts(const Slice& slice) {
  std::map<uint16_t, uint64_t> all;
  std::map<uint32_t, std::map<uint16_t, uint64_t>> by_address;
  for (uint16_t server = 0; server < slice.answered.size(); ++server) {
    const uint64_t over_ipv6 = slice.answered[server] / kIpv6Part;
    all[kRcodeNoError] += slice.answered[server];
    by_address[AddressNumber(server, Family::kIpv6)][kRcodeNoError] = over_ipv6;
    by_address[AddressNumber(server, Family::kIpv4)][kRcodeNoError] =
        slice.answered[server] - over_ipv6;
  }
  for (const Cell& cell : slice.errors) {
    all[cell.code] += cell.responses;
    by_address[AddressNumber(cell.server, Sensor::ClientFamily(cell.client))][cell.code] +=
        cell.responses;
  }
  window_.rcodes = Counts(all);
  window_.servers.clear();
  std::vector<std::map<uint16_t, uint64_t>> by_site(sensor_.sites.size());
  for (const auto& [address, counts] : by_address) {
    if (window_.servers.size() < kMostServers) {
      window_.servers.push_back({AddressOf(address), Counts(counts)});
    }
    if (address / 2 >= sensor_.fleet.size()) continue;
    std::map<uint16_t, uint64_t>& site = by_site[sensor_.fleet[address / 2].site];
    for (const auto& [code, responses] : counts) site[code] += responses;
  }
  window_.sites.clear();
  for (size_t site = 0; site < by_site.size(); ++site) {
    window_.sites.push_back({sensor_.sites[site], Counts(by_site[site])});
  }
}

double WindowView::DifferentClients(std::span<const Cell> cells) {
  ++count_;
  double clients = 0;
  for (const Cell& cell : cells) {
    const uint32_t index = cell.client == kAnyClient ? 0 : cell.client + 1;
    if (index >= client_seen_.size()) client_seen_.resize(index + size_t{1});
    if (std::exchange(client_seen_[index], count_) != count_) clients += 1;
  }
  return clients;
}

// Different clients and names of the zones with most errors, and of all zones.
void WindowView::AddSpread(Slice& slice) {
  struct Zone {
    uint64_t responses = 0;
    ErrorSpread spread;
  };
  std::vector<Cell>& cells = slice.errors;
  std::sort(cells.begin(), cells.end(), [](const Cell& a, const Cell& b) {
    return std::tie(a.code, a.zone, a.fresh, a.name) < std::tie(b.code, b.zone, b.fresh, b.name);
  });
  window_.spread.clear();
  for (size_t first = 0; first < cells.size();) {
    std::vector<Zone> zones;
    size_t end = first;
    ErrorSpread all{DnsRcode(cells[first].code), ""};
    while (end < cells.size() && cells[end].code == cells[first].code) {
      const size_t begin = end;
      Zone zone{0, {DnsRcode(cells[begin].code), sensor_.zones[cells[begin].zone]}};
      for (; end < cells.size() && SameZone(cells[begin], cells[end]); ++end) {
        const Cell& cell = cells[end];
        zone.responses += cell.responses;
        if (cell.fresh) {
          zone.spread.names += static_cast<double>(cell.responses);
        } else if (end == begin || cells[end - 1].name != cell.name) {
          zone.spread.names += 1;
        }
      }
      zone.spread.clients = DifferentClients(std::span(cells).subspan(begin, end - begin));
      all.names += zone.spread.names;
      zones.push_back(std::move(zone));
    }
    all.clients = DifferentClients(std::span(cells).subspan(first, end - first));
    window_.spread.push_back(std::move(all));
    const size_t shown = std::min(kMostZones, zones.size());
    std::partial_sort(zones.begin(), zones.begin() + static_cast<ptrdiff_t>(shown), zones.end(),
                      [](const Zone& a, const Zone& b) { return a.responses > b.responses; });
    for (size_t i = 0; i < shown; ++i) window_.spread.push_back(std::move(zones[i].spread));
    first = end;
  }
}

const Window& WindowView::Of(Slice& slice) {
  window_.begin = slice.begin;
  window_.length = slice.length;
  window_.completeness = slice.completeness;
  std::sort(slice.errors.begin(), slice.errors.end(),
            [](const Cell& a, const Cell& b) { return KeysOf(a) < KeysOf(b); });
  AddGroups(slice);
  AddCounts(slice);
  AddSpread(slice);
  return window_;
}

}  // namespace rcodescope
