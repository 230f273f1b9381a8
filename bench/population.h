// Who talks to whom about what in generated traffic: clients, servers, zones and names, each a
// number below the option's count, each with an address or a name that follows from its number.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "bench/byte_writer.h"
#include "bench/random.h"

namespace rcodescope {

struct PopulationOptions {
  uint32_t clients = 200'000;  // at most 2^28
  uint32_t servers = 2'000;    // at most 2^17; at least one of each address family is made
  uint32_t zones = 100'000;
  uint32_t names = 1'000'000;    // at least one a zone
  bool uniform_clients = false;  // else by Zipf's law with exponent 1, as zones and servers are
};

struct Host {
  bool ipv6 = false;
  std::array<std::byte, 16> address{};  // the first 4 for IPv4
};

// Immutable; may be used from several threads, each with its own Random.
class Population {
 public:
  explicit Population(const PopulationOptions& options);

  uint32_t DrawClient(Random& random) const;
  // A server the client can reach: one of its address family.
  uint32_t DrawServer(bool ipv6, Random& random) const;
  // A zone by popularity, and evenly one of its names.
  uint32_t DrawName(Random& random) const;

  // Every fourth client has an IPv6 address, with Zipf's law those that send 25 % of the queries.
  // 10.0.0.0/8 and the networks above, 2001:db8::/32.
  static bool IsIpv6(uint32_t client) { return client % 4 == 1; }
  static Host ClientHost(uint32_t client);
  // Every 33rd client, with Zipf's law those that send 3 % of the queries, is behind an 802.1Q
  // tag. 0: none.
  static uint16_t ClientVlan(uint32_t client);
  // 198.18.0.0/15 (RFC 2544) and 2001:2::/48 (RFC 5180). Numbers of the families are apart.
  static Host ServerHost(uint32_t server, bool ipv6);

  uint32_t ZoneOf(uint32_t name) const { return name % options_.zones; }
  // Writes the name in wire form, one or two labels before its zone. The answer is the offset in
  // `out` at which the zone begins.
  size_t WriteName(uint32_t name, ByteWriter& out) const;
  // A label and one of a dozen public suffixes, in wire form with the root.
  static void WriteZone(uint32_t zone, ByteWriter& out);

 private:
  PopulationOptions options_;
  std::optional<ZipfSampler> client_ranks_;
  ZipfSampler ipv4_servers_;
  ZipfSampler ipv6_servers_;
  ZipfSampler zone_ranks_;
};

}  // namespace rcodescope
