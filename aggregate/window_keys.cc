#include "aggregate/window_keys.h"

#include <algorithm>
#include <bit>

#include "parse/keyed_hash.h"

namespace rcodescope {
namespace {

constexpr size_t kRareServerCodes = 1'024;
constexpr unsigned kNetworkV4 = 24;
constexpr unsigned kNetworkV6 = 48;

using Words = std::array<uint64_t, 2>;

// How a group packs its smaller keys.
constexpr uint32_t kHasInfoCode = 1;
constexpr unsigned kClientBits = 1;  // where they begin
constexpr uint32_t kClientBitsMask = 0xffU << kClientBits;
constexpr unsigned kCode = 9;
constexpr unsigned kServer = 16;
constexpr unsigned kQtype = 32;
constexpr unsigned kInfoCode = 48;

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
      server_index_(kServerSlots),
      server_memo_(kMemoTimes * room.zones),
      rare_(kRareServerCodes, secret),
      group_index_(2 * room.groups),
      zone_index_(2 * room.zones),
      zone_memo_(kMemoTimes * room.zones),
      spread_index_(kSpreadSlots) {
  servers_.reserve(kServers);
  groups_.reserve(room.groups);
  zones_.reserve(room.zones);
  zone_names_.reserve(room.zones * kZoneBytes);
  spreads_.reserve(kSpreads);
}

uint64_t WindowKeys::TableBytes(const WindowRoom& room) {
  const size_t slots = kServerSlots + 2 * room.groups + 2 * room.zones + kSpreadSlots;
  return sizeof(WindowKeys) + CountTable::BytesFor(kRareServerCodes) + kServers * sizeof(Server) +
         room.groups * sizeof(Group) + room.zones * (sizeof(Zone) + kZoneBytes) +
         kSpreads * sizeof(Spread) + NumberIndex::BytesFor(slots) +
         2 * NumberMemo::BytesFor(kMemoTimes * room.zones);
}

inline WindowKeys::Group WindowKeys::Group::Of(const ErrorKeys& keys) {
  const bool has_info_code = keys.info_code >= 0;
  const auto info_code = static_cast<uint16_t>(has_info_code ? keys.info_code : 0);
  const auto client = std::bit_cast<Words>(keys.client);
  return {.client_low = client[0],
          .client_high = client[1],
          .others = keys.zone | uint64_t{keys.server} << kServer | uint64_t{keys.qtype} << kQtype |
                    uint64_t{info_code} << kInfoCode,
          .packed = keys.rcode.packed() << kCode | uint32_t{keys.client_bits} << kClientBits |
                    (has_info_code ? kHasInfoCode : 0)};
}

ErrorKeys WindowKeys::Group::keys() const {
  return {
      .rcode = Rcode::Unpack(packed >> kCode),
      .zone = static_cast<uint16_t>(others),
      .server = static_cast<uint16_t>(others >> kServer),
      .qtype = static_cast<uint16_t>(others >> kQtype),
      .info_code = (packed & kHasInfoCode) == 0 ? -1 : static_cast<int32_t>(others >> kInfoCode),
      .client_bits = static_cast<uint8_t>(packed >> kClientBits),
      .client = std::bit_cast<IpAddress>(Words{client_low, client_high})};
}

// Seeded by the secret: nobody can make groups collide.
inline uint64_t WindowKeys::Group::HashOf(uint64_t secret) const {
  return Mix(Mix(secret ^ client_low, client_high) ^ others, packed);
}

inline WindowKeys::Group WindowKeys::Group::OfNetwork() const {
  const auto client = std::bit_cast<IpAddress>(Words{client_low, client_high});
  const unsigned network = client.family() == Family::kIpv4 ? kNetworkV4 : kNetworkV6;
  const uint32_t bits = std::min((packed & kClientBitsMask) >> kClientBits, network);
  const auto prefix = std::bit_cast<Words>(client.Prefix(kNetworkV4, kNetworkV6));
  Group group = *this;
  group.client_low = prefix[0];
  group.client_high = prefix[1];
  group.packed = (packed & ~kClientBitsMask) | bits << kClientBits;
  return group;
}

inline WindowKeys::Group WindowKeys::Group::WithoutClient() const {
  return {.others = others, .packed = packed & ~kClientBitsMask};
}

inline WindowKeys::Group WindowKeys::Group::OfServer() const {
  return {.others = (others & uint64_t{0xffff} << kServer) | ErrorKeys::kNone,
          .packed = packed & ~(kClientBitsMask | kHasInfoCode)};
}

// That of one that is new, too; kNone where there is no room for it.
uint16_t WindowKeys::ServerNumber(const IpAddress& server, const LocatedKey& at) {
  auto [slot, number] = server_index_.Find(
      at.hash, [&](uint16_t candidate) { return servers_[candidate].address == server; });
  if (number == ErrorKeys::kNone && servers_.size() != kServers) {
    number = static_cast<uint16_t>(servers_.size());
    server_index_.Put(slot, at.hash, number);
    servers_.push_back({.address = server});
  }
  server_memo_.Put(at.number, number);
  return number;
}

void WindowKeys::ForgetEntries() {
  server_memo_.Clear();
  zone_memo_.Clear();
}

void WindowKeys::CountRare(size_t server, Rcode rcode) {
  if (!rare_.Add(uint64_t{server} << 18 | rcode.packed(), 1)) ++overflow_.server_responses;
}

uint16_t WindowKeys::ZoneNumber(NameRef zone, const LocatedKey& at) {
  if (zone.empty()) return ErrorKeys::kNone;
  uint16_t number = zone_memo_.Find(at.number);
  if (number != NumberMemo::kUnknown) return number;
  number = FindOrAddZone(zone, at);
  zone_memo_.Put(at.number, number);
  return number;
}

uint16_t WindowKeys::FindOrAddZone(NameRef zone, const LocatedKey& at) {
  const auto place =
      zone_index_.Find(at.hash, [&](uint16_t number) { return zones_[number].key == at.key; });
  if (place.number != ErrorKeys::kNone) return place.number;
  if (zones_.size() == room_.zones ||
      zone_names_.size() + zone.size + 2 > room_.zones * kZoneBytes) {
    return ErrorKeys::kNone;
  }
  const auto number = static_cast<uint16_t>(zones_.size());
  zone_index_.Put(place.slot, at.hash, number);
  zones_.push_back({at.key, static_cast<uint32_t>(zone_names_.size())});
  zone_names_.push_back(zone.size);
  zone_names_.push_back(zone.labels);
  zone_names_.insert(zone_names_.end(), zone.data, zone.data + zone.size);
  return number;
}

NameRef WindowKeys::ZoneName(uint16_t zone) const {
  const uint8_t* const name = &zone_names_[zones_[zone].name];
  return {name + 2, name[0], name[1]};
}

WindowKeys::LocatedError WindowKeys::LocateError(const Observation& response, uint16_t server,
                                                 NameRef zone, const LocatedKey& at,
                                                 const IpAddress& client, uint8_t client_bits) {
  LocatedError error;
  const uint16_t number = ZoneNumber(zone, at);
  error.group =
      Group::Of({.rcode = response.rcode,
                 .zone = number,
                 .server = server,
                 .qtype = response.qtype,
                 .info_code = response.ede.size == 0 ? -1 : int32_t{response.ede.codes[0]},
                 .client_bits = client_bits,
                 .client = client});
  error.group_hash = error.group.HashOf(secret_);
  group_index_.Prefetch(error.group_hash);
  error.whole = server != ErrorKeys::kNone && (zone.empty() || number != ErrorKeys::kNone);
  // The same in every run, so that estimates are.
  error.client_hash = KeyedHash64(client.bytes.data(), client.bytes.size(), 0);
  error.name_hash =
      response.qname.empty() ? 0 : KeyedHash64(response.qname.data, response.qname.size, 0);
  return error;
}

void WindowKeys::AddError(const LocatedError& error) {
  const Rcode rcode = Rcode::Unpack(error.group.packed >> kCode);
  const auto zone = static_cast<uint16_t>(error.group.others);
  AddSpread(rcode, ErrorKeys::kNone, error.client_hash, error.name_hash);
  if (zone != ErrorKeys::kNone) AddSpread(rcode, zone, error.client_hash, error.name_hash);
  const bool fits =
      AddGroup(error.group, error.group_hash, room_.groups - room_.groups / kPartOfNetworks);
  if (!fits || !error.whole) ++overflow_.errors;
  if (!fits) AddCoarseGroup(error.group);
}

// One for which there is no room any more with all its keys.
void WindowKeys::AddCoarseGroup(const Group& whole) {
  const auto add = [this](const Group& group, size_t limit) {
    return AddGroup(group, group.HashOf(secret_), limit);
  };
  if (add(whole.OfNetwork(), room_.groups - room_.groups / kPartWithoutClients)) return;
  if (add(whole.WithoutClient(), room_.groups - room_.groups / kPartOfServers)) return;
  add(whole.OfServer(), room_.groups);
}

// False when it is new, and `limit` groups are there already.
inline bool WindowKeys::AddGroup(const Group& one, uint64_t hash, size_t limit) {
  const auto place =
      group_index_.Find(hash, [&](uint16_t number) { return groups_[number].HasKeysOf(one); });
  if (place.number != NumberIndex::kNone) {
    ++groups_[place.number].count;
    return true;
  }
  if (groups_.size() >= limit) return false;
  group_index_.Put(place.slot, hash, static_cast<uint16_t>(groups_.size()));
  groups_.push_back(one);
  return true;
}

inline void WindowKeys::AddSpread(Rcode rcode, uint16_t zone, uint64_t client, uint64_t name) {
  const uint64_t hash = Mix(rcode.packed(), zone);
  auto [slot, number] = spread_index_.Find(hash, [&](uint16_t candidate) {
    return spreads_[candidate].rcode == rcode && spreads_[candidate].zone == zone;
  });
  if (number == NumberIndex::kNone) {
    if (spreads_.size() == kSpreads) {
      ++overflow_.spreads;
      return;
    }
    number = static_cast<uint16_t>(spreads_.size());
    spread_index_.Put(slot, hash, number);
    spreads_.push_back({.rcode = rcode, .zone = zone});
  }
  Spread& spread = spreads_[number];
  spread.clients.Add(client);
  if (name != 0) spread.names.Add(name);
}

void WindowKeys::Clear() {
  if (servers_.empty()) return;
  server_index_.Clear();
  server_memo_.Clear();
  servers_.clear();
  rare_.Clear();
  if (!groups_.empty()) {
    group_index_.Clear();
    groups_.clear();
    zone_index_.Clear();
    zone_memo_.Clear();
    zones_.clear();
    zone_names_.clear();
    spread_index_.Clear();
    spreads_.clear();
  }
  overflow_ = {};
}

}  // namespace rcodescope
