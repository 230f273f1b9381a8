// How many different servers, zones and clients there were.
#include <algorithm>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "tests/pipeline/run.h"
#include "tests/pipeline/traffic.h"

namespace rcodescope {
namespace {

// The keys that had such a response; group 0 is of any.
double KeysWith(const std::map<std::string, RcodeCounts>& keys, size_t group) {
  return static_cast<double>(std::count_if(keys.begin(), keys.end(), [group](const auto& key) {
    return group == 0 || key.second.contains(kUniqueGroupTable[group].rcode);
  }));
}

TEST(Unique, OfEachDimensionAreCounted) {
  const Traffic traffic = MakeTraffic({.exchanges = 4000, .clients = 300, .servers = 20});
  for (const size_t workers : {size_t{1}, size_t{2}}) {
    MemorySource source(traffic.frames);
    const Snapshot snapshot = CountPackets(source, SmallOptions(workers, 1));
    for (size_t i = 0; i < kDimensions; ++i) {
      for (size_t group = 0; group < kUniqueGroups; ++group) {
        SCOPED_TRACE(std::string(kDimensionNames[i]) + " " +
                     std::string(kUniqueGroupTable[group].name));
        const double keys = KeysWith(traffic.keys[i], group);
        const double error = 0.05 * keys;  // three times the estimate's own, see distinct_count.h
        EXPECT_NEAR(static_cast<double>(snapshot.unique[i][group]), keys, error);
        EXPECT_NEAR(static_cast<double>(snapshot.unique_in_all[i][group]), keys, error);
      }
    }
  }
}

}  // namespace
}  // namespace rcodescope
