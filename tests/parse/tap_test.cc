// The place in the network as a part of keys.
#include "parse/tap.h"

#include <gtest/gtest.h>

namespace rcodescope {
namespace {

TEST(Tap, ANetworkIsSeenByAnyInterface) {
  const Tap here = {.interface = 1, .vlan = 5, .vni = 6, .erspan_session = 7, .depth = 2};
  Tap there = here;
  there.interface = 2;
  EXPECT_NE(here, there);
  EXPECT_EQ(here.Network(), there.Network());
  there.vni = 8;
  EXPECT_NE(here.Network(), there.Network());
}

}  // namespace
}  // namespace rcodescope
