// Every encapsulation the frame reader opens, for the tests that go through all of them.
#pragma once

#include <functional>
#include <vector>

#include "parse/tap.h"
#include "tests/support/tunnels.h"

namespace rcodescope {

struct Encapsulation {
  const char* name;
  Tap tap;
  // An Ethernet frame around an IP packet; over IPv4 or IPv6 where the encapsulation is over IP.
  std::function<Bytes(const Bytes& packet, bool ipv6)> wrap;
};

const std::vector<Encapsulation>& Encapsulations();

}  // namespace rcodescope
