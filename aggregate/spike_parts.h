// The smallest set of keys that explains a spike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "aggregate/spike.h"
#include "aggregate/spike_evidence.h"

namespace rcodescope {

// Of what a spike has more than usual, this much must be explained.
inline constexpr double kExplained = 0.8;

// How one kind of key makes up a spike.
struct KeyShares {
  std::string top;       // the key with most of it; empty: nobody knows
  double top_share = 0;  // of the whole
  size_t enough = 0;     // how many keys make up kExplained of it; 0: all together do not
};

// Zones, servers, clients or networks of clients, of which each group has at most one. A network is
// a /24 or a /48.
//
// Where what is usual comes from ever new combinations, each of them looks like a surplus: they add
// up to more than `net`, which is how much more came than usual in all. One zone or client has but
// little of what is usual, and so its share is that of the net; a server has much.
KeyShares SharesOfZones(std::span<const Surplus> surplus, double net);
KeyShares SharesOfServers(std::span<const Surplus> surplus);
KeyShares SharesOfClients(std::span<const Surplus> surplus, double net);
KeyShares SharesOfNetworks(std::span<const Surplus> surplus);
KeyShares SharesOfTypes(std::span<const Surplus> surplus);

// One combination of keys where one has enough of it; else up to 10 side by side, of the kind of
// key of which the fewest have. Zones go together under the domain they lie in, and clients in
// their network (/24, /48), where one has enough.
std::vector<SpikePart> PartsOf(std::span<const Surplus> surplus, double net, size_t fleet);

// The different clients of a spike, without those that have little beside those that are its
// clients for certain; and of how much of its responses the client is known. `net`: see above.
struct KnownClients {
  size_t clients = 0;
  double share = 0;
};
KnownClients ClientsOf(std::span<const Surplus> surplus, std::span<const SpikePart> parts,
                       double net);

// Whether a group is among what `part` stands for.
bool IsPart(const SpikePart& part, const ErrorGroup& group);

}  // namespace rcodescope
