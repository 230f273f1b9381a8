// What a worker counts into.
#include "aggregate/shard.h"

#include <gtest/gtest.h>

namespace rcodescope {
namespace {

// Servers and zones have no networks whose members could be told apart.
TEST(KeyDelta, OnlyClientsPayForTheirMembers) {
  constexpr uint64_t kBytes = 64 << 20;
  const auto keys_without = [](Dimension dimension) {
    return KeyBytesOf(dimension, kBytes) / KeyCounts::KeyBytes(HasNames(dimension));
  };
  for (const bool count_members : {false, true}) {
    SCOPED_TRACE(count_members);
    const KeyDelta delta(kBytes, /*secret=*/7, count_members);
    ASSERT_TRUE(delta.usable());
    for (const Dimension dimension : {Dimension::kServer, Dimension::kZone, Dimension::kClient}) {
      const bool pays = count_members && dimension == Dimension::kClient;
      const size_t keys = delta.dimensions[static_cast<size_t>(dimension)].capacity();
      EXPECT_EQ(keys < keys_without(dimension), pays) << static_cast<int>(dimension);
    }
  }
}

}  // namespace
}  // namespace rcodescope
