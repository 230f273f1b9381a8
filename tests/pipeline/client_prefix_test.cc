// Clients counted by network: --client-prefix.
#include <array>
#include <map>
#include <string>
#include <utility>

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include "tests/pipeline/conservation.h"
#include "tests/pipeline/run.h"
#include "tests/pipeline/traffic.h"

namespace rcodescope {
namespace {

constexpr auto kClients = static_cast<size_t>(Dimension::kClient);

// The network that `text` lies in, by the C library and bits taken one by one.
std::string NetworkOf(const std::string& text, unsigned v4_bits, unsigned v6_bits) {
  const bool ipv6 = text.find(':') != std::string::npos;
  const int family = ipv6 ? AF_INET6 : AF_INET;
  std::array<unsigned char, 16> bytes{};
  EXPECT_EQ(inet_pton(family, text.c_str(), bytes.data()), 1) << text;
  for (unsigned bit = ipv6 ? v6_bits : v4_bits; bit < 128; ++bit) {
    bytes[bit / 8] = static_cast<unsigned char>(bytes[bit / 8] & ~(0x80U >> bit % 8));
  }
  std::array<char, INET6_ADDRSTRLEN> shown{};
  inet_ntop(family, bytes.data(), shown.data(), shown.size());
  return shown.data();
}

TEST(ClientPrefix, CountsOfANetworkAreThoseOfItsClients) {
  const Traffic traffic = MakeTraffic({});
  for (const auto& [v4, v6] : {std::pair{32, 128},
                               {24, 128},
                               {31, 128},
                               {32, 64},
                               {32, 127},
                               {32, 126},
                               {8, 32},
                               {0, 0}}) {
    SCOPED_TRACE(std::to_string(v4) + "," + std::to_string(v6));
    std::map<std::string, RcodeCounts> expected;
    for (const auto& [client, rcodes] : traffic.keys[kClients]) {
      RcodeCounts& network =
          expected[NetworkOf(client, static_cast<unsigned>(v4), static_cast<unsigned>(v6))];
      for (const auto& [rcode, count] : rcodes) network[rcode] += count;
    }
    PipelineOptions options = SmallOptions(1, 1);
    options.recorder.client_prefix_v4 = v4;
    options.recorder.client_prefix_v6 = v6;
    MemorySource source(traffic.frames);
    const Snapshot snapshot = CountPackets(source, options);
    ExpectConserved(snapshot, 500);
    std::map<std::string, RcodeCounts> told;
    for (const KeyCount& row : snapshot.dimensions[kClients].top) {
      told[row.key] = RcodeCounts(row.rcodes.begin(), row.rcodes.end());
    }
    EXPECT_EQ(told, expected);
  }
}

// The traffic's clients are in one network of each family, every third one in that of IPv6.
TEST(ClientPrefix, NetworksAreNamedByWhoeverHasSeenEnoughOfTheirMembers) {
  const Traffic traffic = MakeTraffic({.clients = 30});
  const auto named = [&](int v4, int v6, size_t min_clients) {
    PipelineOptions options = SmallOptions(2, 1);
    options.labels.client_prefix_v4 = options.recorder.client_prefix_v4 = v4;
    options.labels.client_prefix_v6 = options.recorder.client_prefix_v6 = v6;
    options.labels.min_clients = min_clients;
    options.recorder.count_members = min_clients > 1;
    MemorySource source(traffic.frames);
    const Snapshot snapshot = CountPackets(source, options);
    ExpectConserved(snapshot, 500);
    return snapshot.dimensions[kClients].top.size();
  };
  EXPECT_EQ(named(32, 128, 1), 30U);
  EXPECT_EQ(named(32, 128, 2), 0U);  // an address is one member
  EXPECT_EQ(named(24, 64, 5), 2U);
  EXPECT_EQ(named(24, 64, 11), 1U);  // of 20 and 10 members
  EXPECT_EQ(named(24, 64, 21), 0U);
}

}  // namespace
}  // namespace rcodescope
