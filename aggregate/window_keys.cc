#include "aggregate/window_keys.h"

#include <algorithm>

#include "parse/keyed_hash.h"

namespace rcodescope {
namespace {

constexpr size_t kRareServerCodes = 1'024;
constexpr int kNetworkV4 = 24;
constexpr int kNetworkV6 = 48;

// Room is kept for coarser groups, step by step: a finer one must leave this part of it.
constexpr size_t kPartOfNetworks = 4;
constexpr size_t kPartWithoutClients = 8;
constexpr size_t kPartOfServers = 16;

uint64_t Mix(uint64_t hash, uint64_t value) {
  return KeyedHash64(hash, value, 0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f);
}

}  // namespace

WindowKeys::WindowKeys(uint64_t secret, const WindowRoom& room)
    : secret_(secret),
      room_(room),
      rare_(kRareServerCodes, secret),
      group_slots_(2 * room.groups),
      zone_slots_(2 * room.zones) {
  servers_.reserve(kServers);
  groups_.reserve(room.groups);
  zone_offsets_.reserve(room.zones);
  zone_names_.reserve(room.zones * kZoneBytes);
  spreads_.reserve(kSpreads);
}

uint64_t WindowKeys::TableBytes(const WindowRoom& room) {
  return sizeof(WindowKeys) + CountTable::BytesFor(kRareServerCodes) + kServers * sizeof(Server) +
         room.groups * (sizeof(Group) + 2 * sizeof(uint16_t)) +
         room.zones * (sizeof(uint32_t) + kZoneBytes + 2 * sizeof(uint16_t)) +
         kSpreads * sizeof(Spread);
}

ErrorKeys WindowKeys::Group::keys() const {
  return {.rcode = Rcode::Unpack(packed >> 9),
          .zone = zone,
          .server = server,
          .qtype = qtype,
          .info_code = (packed & 1) == 0 ? -1 : int32_t{info_code},
          .client_bits = static_cast<uint8_t>(packed >> 1),
          .client = client};
}

uint16_t WindowKeys::AddServer(size_t slot, const Observation& response,
                               const KeyCounts::Column& column) {
  if (servers_.size() == kServers) {
    ++overflow_.server_responses;
    return ErrorKeys::kNone;
  }
  servers_.push_back({.address = response.server});
  server_slots_[slot] = static_cast<uint16_t>(servers_.size());
  if (column.hot < KeyCounts::kHotCodes) {
    ++servers_.back().hot[column.hot];
  } else {
    CountRare(servers_.size() - 1, response.rcode);
  }
  return static_cast<uint16_t>(servers_.size() - 1);
}

void WindowKeys::CountRare(size_t server, Rcode rcode) {
  if (!rare_.Add(uint64_t{server} << 18 | rcode.packed(), 1)) ++overflow_.server_responses;
}

uint16_t WindowKeys::ZoneNumber(NameRef zone) {
  if (zone.empty()) return ErrorKeys::kNone;
  size_t slot = KeyedHash64(zone.data, zone.size, secret_) & (zone_slots_.size() - 1);
  for (; zone_slots_[slot] != 0; slot = (slot + 1) & (zone_slots_.size() - 1)) {
    const auto number = static_cast<uint16_t>(zone_slots_[slot] - 1);
    if (ZoneName(number) == zone) return number;
  }
  if (zone_offsets_.size() == room_.zones ||
      zone_names_.size() + zone.size + 2 > room_.zones * kZoneBytes) {
    return ErrorKeys::kNone;
  }
  zone_offsets_.push_back(static_cast<uint32_t>(zone_names_.size()));
  zone_names_.push_back(zone.size);
  zone_names_.push_back(zone.labels);
  zone_names_.insert(zone_names_.end(), zone.data, zone.data + zone.size);
  zone_slots_[slot] = static_cast<uint16_t>(zone_offsets_.size());
  return static_cast<uint16_t>(zone_offsets_.size() - 1);
}

NameRef WindowKeys::ZoneName(uint16_t zone) const {
  const uint8_t* const entry = &zone_names_[zone_offsets_[zone]];
  return {entry + 2, entry[0], entry[1]};
}

void WindowKeys::CountError(const Observation& response, uint16_t server, NameRef zone,
                            const IpAddress& client, uint8_t client_bits) {
  const uint16_t number = ZoneNumber(zone);
  // The same in every run, so that estimates are.
  const uint64_t client_hash = KeyedHash64(client.bytes.data(), client.bytes.size(), 0);
  const uint64_t name_hash =
      response.qname.empty() ? 0 : KeyedHash64(response.qname.data, response.qname.size, 0);
  AddSpread(response.rcode, ErrorKeys::kNone, client_hash, name_hash);
  if (number != ErrorKeys::kNone) AddSpread(response.rcode, number, client_hash, name_hash);

  const bool has_info_code = response.ede.size != 0;
  const Group group{.client = client,
                    .zone = number,
                    .server = server,
                    .qtype = response.qtype,
                    .info_code = has_info_code ? response.ede.codes[0] : uint16_t{0},
                    .packed = Group::Packed(response.rcode, client_bits, has_info_code)};
  const bool whole = server != ErrorKeys::kNone && (zone.empty() || number != ErrorKeys::kNone);
  const bool fits = AddGroup(group, room_.groups - room_.groups / kPartOfNetworks);
  if (!fits || !whole) ++overflow_.errors;
  if (!fits) AddCoarseGroup(group);
}

// One for which there is no room any more with all its keys.
void WindowKeys::AddCoarseGroup(Group group) {
  const ErrorKeys keys = group.keys();
  const bool has_info_code = keys.info_code >= 0;
  const int network = keys.client.family() == Family::kIpv4 ? kNetworkV4 : kNetworkV6;
  const int bits = std::min<int>(keys.client_bits, network);
  group.client = keys.client.Prefix(kNetworkV4, kNetworkV6);
  group.packed = Group::Packed(keys.rcode, static_cast<unsigned>(bits), has_info_code);
  if (AddGroup(group, room_.groups - room_.groups / kPartWithoutClients)) return;
  group.client = {};
  group.packed = Group::Packed(keys.rcode, 0, has_info_code);
  if (AddGroup(group, room_.groups - room_.groups / kPartOfServers)) return;
  group.zone = ErrorKeys::kNone;
  group.qtype = 0;
  group.info_code = 0;
  group.packed = Group::Packed(keys.rcode, 0, false);
  AddGroup(group, room_.groups);
}

// False when it is new, and `limit` groups are there already.
bool WindowKeys::AddGroup(const Group& one, size_t limit) {
  // Seeded by the secret: nobody can make groups collide.
  const auto keys = one.words();
  const uint64_t hash = Mix(Mix(secret_ ^ keys[0], keys[1]) ^ keys[2], keys[3]);
  size_t slot = hash & (group_slots_.size() - 1);
  for (; group_slots_[slot] != 0; slot = (slot + 1) & (group_slots_.size() - 1)) {
    Group& group = groups_[group_slots_[slot] - 1U];
    if (group.words() != keys) continue;
    ++group.count;
    return true;
  }
  if (groups_.size() >= limit) return false;
  groups_.push_back(one);
  group_slots_[slot] = static_cast<uint16_t>(groups_.size());
  return true;
}

void WindowKeys::AddSpread(Rcode rcode, uint16_t zone, uint64_t client, uint64_t name) {
  size_t slot = Mix(rcode.packed(), zone) & (kSpreadSlots - 1);
  for (; spread_slots_[slot] != 0; slot = (slot + 1) & (kSpreadSlots - 1)) {
    const Spread& spread = spreads_[spread_slots_[slot] - 1U];
    if (spread.rcode == rcode && spread.zone == zone) break;
  }
  if (spread_slots_[slot] == 0) {
    if (spreads_.size() == kSpreads) {
      ++overflow_.spreads;
      return;
    }
    spreads_.push_back({.rcode = rcode, .zone = zone});
    spread_slots_[slot] = static_cast<uint16_t>(spreads_.size());
  }
  Spread& spread = spreads_[spread_slots_[slot] - 1U];
  spread.clients.Add(client);
  if (name != 0) spread.names.Add(name);
}

void WindowKeys::Clear() {
  if (servers_.empty()) return;
  server_slots_ = {};
  servers_.clear();
  rare_.Clear();
  if (!groups_.empty()) {
    std::fill(group_slots_.begin(), group_slots_.end(), uint16_t{0});
    groups_.clear();
    std::fill(zone_slots_.begin(), zone_slots_.end(), uint16_t{0});
    zone_offsets_.clear();
    zone_names_.clear();
    spread_slots_ = {};
    spreads_.clear();
  }
  overflow_ = {};
}

}  // namespace rcodescope
