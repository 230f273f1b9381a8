// Clients and the networks they are in, as texts of a window have them.
#pragma once

#include <string>
#include <string_view>

namespace rcodescope {

// The network of an address, or of a prefix that is longer: `v4_bits` or `v6_bits` of it, as
// "192.0.2.0/24". `client` itself where it is a shorter prefix already; empty where it is neither.
std::string NetworkOf(std::string_view client, int v4_bits, int v6_bits);

// Whether `client`, an address or a prefix, lies in `network`, one of them too.
bool LiesIn(std::string_view client, std::string_view network);

}  // namespace rcodescope
