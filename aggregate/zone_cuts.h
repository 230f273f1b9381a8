// Where servers cut their names into zones: a table that never changes, made anew by whoever
// learns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "parse/dns_name.h"
#include "parse/ip_address.h"
#include "parse/keyed_hash.h"

namespace rcodescope {

// One zone of one server, by hashes under the process's key. The name itself is not kept: whoever
// asks has it.
struct ZoneCut {
  uint64_t server = 0;
  uint64_t zone = 0;
  uint8_t labels = 0;  // of the zone, at most ZoneCuts::kMostLabels
  int64_t from = 0;    // the windows in which it is in force, both included
  int64_t to = 0;
};

// Open addressing over 24-byte entries, and beside it which numbers of labels the zones of a server
// have, so that a name is hashed at those only, and not at all for the many servers without cuts.
// Immutable; safe to read from any thread.
class ZoneCuts {
 public:
  static constexpr int kMostLabels = 63;
  static constexpr int kNone = -1;
  static constexpr uint64_t kAnyServer = 1;  // of zones that are no server's own

  // No two of `cuts` have the same server and zone.
  ZoneCuts(std::span<const ZoneCut> cuts, uint64_t secret);

  bool empty() const { return servers_.empty(); }
  uint64_t secret() const { return secret_; }

  // The labels of the longest zone of the server that holds `name`, has `least` labels or more and
  // is in force in `window`; kNone without one.
  int LongestOf(uint64_t server, const LastLabels& name, int least, int64_t window) const;

  static uint64_t ServerHash(const IpAddress& address, uint64_t secret) {
    return KeyedHash64(address.bytes.data(), address.bytes.size(), secret);
  }
  static uint64_t ZoneHash(NameRef zone, uint64_t secret) {
    return KeyedHash64(zone.data, zone.size, secret);
  }
  // What a server's zone is looked up by; never 0.
  static uint64_t KeyOf(uint64_t server, uint64_t zone, uint64_t secret) {
    constexpr uint64_t kApart = 0x9e37'79b9'7f4a'7c15;  // so that no small secret undoes kAnyServer
    return KeyedHash64(server, zone, secret ^ kApart, ~secret) | 1;
  }

 private:
  struct Server {
    uint64_t hash = 0;    // 0: free
    uint64_t depths = 0;  // a bit for each number of labels
  };
  struct Entry {
    uint64_t key = 0;  // 0: free
    int64_t from = 0;
    int64_t to = 0;
  };

  Server& PlaceOf(uint64_t server);
  uint64_t DepthsOf(uint64_t server) const;
  bool InForce(uint64_t key, int64_t window) const;

  uint64_t secret_;
  std::vector<Server> servers_;  // sizes are powers of two, at most half full
  std::vector<Entry> entries_;
};

}  // namespace rcodescope
