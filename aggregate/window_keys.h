// What a window knows of keys: its servers' codes, and the keys of its errors together.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "aggregate/count_table.h"
#include "aggregate/distinct_count.h"
#include "aggregate/key_counts.h"
#include "aggregate/number_index.h"
#include "aggregate/number_memo.h"
#include "parse/dns_name.h"
#include "parse/ip_address.h"
#include "parse/observation.h"
#include "parse/rcode.h"

namespace rcodescope {

// The keys of an error. Those that are not there are not known, or it had no room for them.
struct ErrorKeys {
  static constexpr uint16_t kNone = NumberIndex::kNone;

  Rcode rcode;
  uint16_t zone = kNone;    // a number of WindowKeys' zones
  uint16_t server = kNone;  // a number of its servers
  uint16_t qtype = 0;
  int32_t info_code = -1;
  uint8_t client_bits = 0;  // of the address that are known; 0: none
  IpAddress client{};
};

// How much a window of one worker keeps of keys: powers of two.
struct WindowRoom {
  size_t groups = 4096;  // of errors' keys, ≤ 32,768; a quarter of them for coarser ones
  size_t zones = 1024;   // with errors, whose names have 32 octets each, together

  // With many workers, each sees a part of the traffic.
  static constexpr WindowRoom For(size_t workers) {
    const size_t groups = std::bit_floor(std::clamp<size_t>(16'384 / workers, 1024, 4096));
    return {groups, groups / 4};
  }
};

// Responses to QUERY of one window and worker. Fixed memory. When there is no room for an error's
// keys, it is counted under its client's network (/24, /48), then without the client, then by
// server alone. What has no room even there is of the totals and of no group. One writer; not
// thread-safe. The work of Clear and of reading grows with what was counted.
class WindowKeys {
  // ErrorKeys and a count in half a cache line, made of numbers that are hashed and compared.
  struct Group {
    uint64_t client_low = 0;
    uint64_t client_high = 0;
    uint64_t others = 0;  // zone, server, type and first Extended DNS Error, 16 bits each
    uint32_t packed = 0;  // code, bits of the client, whether there is an Extended DNS Error
    uint32_t count = 1;

    static Group Of(const ErrorKeys& keys);
    ErrorKeys keys() const;
    uint64_t HashOf(uint64_t secret) const;
    bool HasKeysOf(const Group& other) const {
      return ((client_low ^ other.client_low) | (client_high ^ other.client_high) |
              (others ^ other.others) | (packed ^ other.packed)) == 0;  // one branch
    }
    // Of the keys that a coarser group has.
    Group OfNetwork() const;
    Group WithoutClient() const;
    Group OfServer() const;
  };
  static_assert(sizeof(Group) == 32);

 public:
  explicit WindowKeys(uint64_t secret, const WindowRoom& room = {});

  // False when the system refused the memory; then nothing else may be called.
  bool usable() const { return rare_.usable(); }

  // Counts it under its server, located by a table of keys and with the number that Add answered
  // with: always the same table, until ForgetEntries. Answers with the server's number, or kNone.
  uint16_t CountServer(const Observation& response, const LocatedKey& server,
                       const KeyCounts::Column& column) {
    uint16_t number = server_memo_.Find(server.number);
    if (number == NumberMemo::kUnknown) number = ServerNumber(response.server, server);
    if (number == ErrorKeys::kNone) [[unlikely]] {
      ++overflow_.server_responses;
    } else if (column.hot < KeyCounts::kHotCodes) [[likely]] {
      ++servers_[number].hot[column.hot];
    } else {
      CountRare(number, response.rcode);
    }
    return number;
  }
  // The table of keys is another one.
  void ForgetEntries();

  // A response whose code is not NOERROR on its way into the tables, in two steps that let a batch
  // wait for memory at once: LocateError finds its keys' numbers and fetches its group's place,
  // AddError counts it under all its keys.
  class LocatedError {
    friend class WindowKeys;
    Group group;
    uint64_t group_hash;
    uint64_t client_hash;
    uint64_t name_hash;  // 0: there is no name
    bool whole;          // none of its keys had to be left out
  };
  // `server`: as CountServer answered. `zone`: empty where it has none, else like `server`
  // there, `at`. `client`: its first `client_bits` bits.
  LocatedError LocateError(const Observation& response, uint16_t server, NameRef zone,
                           const LocatedKey& at, const IpAddress& client, uint8_t client_bits);
  void AddError(const LocatedError& error);

  void Clear();
  // Memory of one.
  static uint64_t TableBytes(const WindowRoom& room);

  // What found no room: responses of servers that are not among the servers, errors whose keys are
  // not whole, and pairs of code and zone without a sketch.
  struct Overflow {
    uint64_t server_responses = 0;
    uint64_t errors = 0;
    uint64_t spreads = 0;
  };
  const Overflow& overflow() const { return overflow_; }

  // visit(address, rcode, count)
  template <typename Visit>
  void ForEachServer(Visit visit) const;
  // visit(keys, count)
  template <typename Visit>
  void ForEachError(Visit visit) const;
  // visit(rcode, zone number or ErrorKeys::kNone for all, clients, names)
  template <typename Visit>
  void ForEachSpread(Visit visit) const;
  // Zones and servers are numbered from 0.
  size_t servers() const { return servers_.size(); }
  const IpAddress& ServerAddress(uint16_t server) const { return servers_[server].address; }
  size_t zones() const { return zones_.size(); }
  NameRef ZoneName(uint16_t zone) const;

 private:
  static constexpr size_t kServers = 1024;
  static constexpr size_t kServerSlots = 2 * kServers;
  static constexpr size_t kMemoTimes = 2;  // as many entries of a table as zones are remembered
  static constexpr size_t kZoneBytes = 32;
  static constexpr size_t kSpreads = 256;
  static constexpr size_t kSpreadSlots = 2 * kSpreads;

  struct Server {
    IpAddress address;
    std::array<uint32_t, KeyCounts::kHotCodes> hot{};
  };
  struct Zone {
    CountKey key;
    uint32_t name;  // where it begins
  };
  struct Spread {
    Rcode rcode;
    uint16_t zone = ErrorKeys::kNone;  // all zones
    RoughCount clients;
    RoughCount names;
  };

  uint16_t ServerNumber(const IpAddress& server, const LocatedKey& at);
  void CountRare(size_t server, Rcode rcode);
  uint16_t ZoneNumber(NameRef zone, const LocatedKey& at);
  uint16_t FindOrAddZone(NameRef zone, const LocatedKey& at);
  bool AddGroup(const Group& one, uint64_t hash, size_t limit);
  void AddCoarseGroup(const Group& whole);
  void AddSpread(Rcode rcode, uint16_t zone, uint64_t client, uint64_t name);

  uint64_t secret_;
  WindowRoom room_;
  NumberIndex server_index_;
  NumberMemo server_memo_;  // by the entries of the table of keys
  std::vector<Server> servers_;
  CountTable rare_;  // server << 18 | code
  NumberIndex group_index_;
  std::vector<Group> groups_;
  NumberIndex zone_index_;
  NumberMemo zone_memo_;
  std::vector<Zone> zones_;
  std::vector<uint8_t> zone_names_;  // size octet, label octet, name
  NumberIndex spread_index_;
  std::vector<Spread> spreads_;
  Overflow overflow_;
};

template <typename Visit>
void WindowKeys::ForEachServer(Visit visit) const {
  for (const Server& server : servers_) {
    for (size_t i = 0; i < server.hot.size(); ++i) {
      if (server.hot[i] != 0) visit(server.address, KeyCounts::HotCode(i), server.hot[i]);
    }
  }
  rare_.ForEach([&](uint64_t key, uint64_t count) {
    visit(servers_[key >> 18].address, Rcode::Unpack(static_cast<uint32_t>(key & 0x3ffff)), count);
  });
}

template <typename Visit>
void WindowKeys::ForEachError(Visit visit) const {
  for (const Group& group : groups_) visit(group.keys(), group.count);
}

template <typename Visit>
void WindowKeys::ForEachSpread(Visit visit) const {
  for (const Spread& spread : spreads_) {
    visit(spread.rcode, spread.zone, spread.clients, spread.names);
  }
}

}  // namespace rcodescope
