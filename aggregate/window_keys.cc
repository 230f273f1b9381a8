#include "aggregate/window_keys.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "parse/keyed_hash.h"

namespace rcodescope {
namespace {

constexpr size_t kRareServerCodes = 1'024;
constexpr int kNetworkV4 = 24;
constexpr int kNetworkV6 = 48;

// The room is kept for coarser groups, step by step: a fine one must leave this much of it.
constexpr size_t kRoomOfNetworks = 1'024;
constexpr size_t kRoomWithoutClients = 512;
constexpr size_t kRoomOfServers = 256;

uint64_t Mix(uint64_t hash, uint64_t value) {
  return KeyedHash64(hash, value, 0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f);
}

}  // namespace

WindowKeys::WindowKeys(uint64_t secret)
    : secret_(secret), rare_(kRareServerCodes, secret) {
  servers_.reserve(kServers);
  groups_.reserve(kGroups);
  zone_offsets_.reserve(kZones);
  zone_names_.reserve(kZoneBytes);
  spreads_.reserve(kSpreads);
}

uint64_t WindowKeys::TableBytes() {
  return sizeof(WindowKeys) + CountTable::BytesFor(kRareServerCodes) + kServers * sizeof(Server) +
         kGroups * sizeof(Group) + kZones * sizeof(uint32_t) + kZoneBytes +
         kSpreads * sizeof(Spread);
}

WindowKeys::Group::Group(const ErrorKeys& keys)
    : client(keys.client),
      zone(keys.zone),
      server(keys.server),
      qtype(keys.qtype),
      info_code(static_cast<uint16_t>(keys.info_code)),
      code_and_bits(keys.rcode.packed() << 9 | uint32_t{keys.client_bits} << 1 |
                    (keys.info_code >= 0 ? 1U : 0U)) {}

ErrorKeys WindowKeys::Group::keys() const {
  return {.rcode = Rcode::Unpack(code_and_bits >> 9),
          .zone = zone,
          .server = server,
          .qtype = qtype,
          .info_code = (code_and_bits & 1) == 0 ? -1 : int32_t{info_code},
          .client_bits = static_cast<uint8_t>(code_and_bits >> 1),
          .client = client};
}

bool WindowKeys::Group::HasKeysOf(const Group& other) const {
  return std::memcmp(this, &other, offsetof(Group, count)) == 0;
}

// Seeded by the secret: nobody can make groups collide.
uint64_t WindowKeys::Group::Hash(uint64_t secret) const {
  uint64_t words[3];
  std::memcpy(words, this, sizeof(words));
  return Mix(Mix(secret ^ words[0], words[1]) ^ words[2], code_and_bits);
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
  size_t slot = KeyedHash64(zone.data, zone.size, secret_) & (kZoneSlots - 1);
  for (; zone_slots_[slot] != 0; slot = (slot + 1) & (kZoneSlots - 1)) {
    const auto number = static_cast<uint16_t>(zone_slots_[slot] - 1);
    if (ZoneName(number) == zone) return number;
  }
  if (zone_offsets_.size() == kZones || zone_names_.size() + zone.size + 2 > kZoneBytes) {
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
  ErrorKeys keys{.rcode = response.rcode,
                 .zone = ZoneNumber(zone),
                 .server = server,
                 .qtype = response.qtype,
                 .info_code = response.ede.size == 0 ? -1 : int32_t{response.ede.codes[0]},
                 .client_bits = client_bits,
                 .client = client};
  // The same in every run, so that estimates are.
  const uint64_t client_hash = KeyedHash64(client.bytes.data(), client.bytes.size(), 0);
  const uint64_t name_hash =
      response.qname.empty() ? 0 : KeyedHash64(response.qname.data, response.qname.size, 0);
  AddSpread(keys.rcode, ErrorKeys::kNone, client_hash, name_hash);
  if (keys.zone != ErrorKeys::kNone) AddSpread(keys.rcode, keys.zone, client_hash, name_hash);

  const bool whole = server != ErrorKeys::kNone && (zone.empty() || keys.zone != ErrorKeys::kNone);
  const bool fits = AddGroup(keys, kGroups - kRoomOfNetworks);
  if (!fits || !whole) ++overflow_.errors;
  if (!fits) AddCoarseGroup(keys);
}

// One for which there is no room any more with all its keys.
void WindowKeys::AddCoarseGroup(ErrorKeys keys) {
  const bool v4 = keys.client.family() == Family::kIpv4;
  const int network = v4 ? kNetworkV4 : kNetworkV6;
  keys.client_bits = static_cast<uint8_t>(std::min<int>(keys.client_bits, network));
  keys.client = keys.client.Prefix(kNetworkV4, kNetworkV6);
  if (AddGroup(keys, kGroups - kRoomWithoutClients)) return;
  keys.client_bits = 0;
  keys.client = {};
  if (AddGroup(keys, kGroups - kRoomOfServers)) return;
  keys.zone = ErrorKeys::kNone;
  keys.qtype = 0;
  keys.info_code = -1;
  AddGroup(keys, kGroups);
}

// False when it is new, and `limit` groups are there already.
bool WindowKeys::AddGroup(const ErrorKeys& keys, size_t limit) {
  const Group one(keys);
  size_t slot = one.Hash(secret_) & (kGroupSlots - 1);
  for (; group_slots_[slot] != 0; slot = (slot + 1) & (kGroupSlots - 1)) {
    Group& group = groups_[group_slots_[slot] - 1U];
    if (!group.HasKeysOf(one)) continue;
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
    group_slots_ = {};
    groups_.clear();
    zone_slots_ = {};
    zone_offsets_.clear();
    zone_names_.clear();
    spread_slots_ = {};
    spreads_.clear();
  }
  overflow_ = {};
}

}  // namespace rcodescope
