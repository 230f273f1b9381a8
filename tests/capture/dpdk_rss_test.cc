// The symmetric key, by DPDK's own software Toeplitz hash and the input order of real cards.
#include "capture/dpdk_rss.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <utility>

#include <gtest/gtest.h>
#include <rte_byteorder.h>
#include <rte_thash.h>

namespace rcodescope {
namespace {

constexpr size_t kFlows = 10'000;
constexpr size_t kQueues = 8;
constexpr size_t kIndirections = 128;  // entries of a card's table from hash to queue

// RSS input is source address, destination address, source port, destination port, in 32-bit
// words (rte_thash.h).
template <size_t kAddressWords>
struct Flow {
  std::array<uint32_t, kAddressWords> source, destination;
  uint16_t source_port, destination_port;

  Flow Reversed() const { return {destination, source, destination_port, source_port}; }
  uint32_t Hash() const {
    std::array<uint32_t, 2 * kAddressWords + 1> words;
    std::copy(source.begin(), source.end(), words.begin());
    std::copy(destination.begin(), destination.end(), words.begin() + kAddressWords);
    words.back() = uint32_t{source_port} << 16 | destination_port;
    return rte_softrss(words.data(), words.size(), kKey.data());
  }
  uint32_t AddressHash() const {
    std::array<uint32_t, 2 * kAddressWords> words;
    std::copy(source.begin(), source.end(), words.begin());
    std::copy(destination.begin(), destination.end(), words.begin() + kAddressWords);
    return rte_softrss(words.data(), words.size(), kKey.data());
  }

  static constexpr auto kKey = SymmetricRssKey();
};

size_t QueueOf(uint32_t hash) { return hash % kIndirections % kQueues; }

// Clients of one network asking one resolver, as behind most taps.
template <size_t kAddressWords>
Flow<kAddressWords> DrawFlow(std::mt19937& random) {
  Flow<kAddressWords> flow;
  flow.source.fill(0x20010db8);
  flow.destination.fill(0x20010db8);
  flow.source.back() = 0x0a000000 | (random() & 0xffff);
  flow.destination.back() = 0x0a010035;
  flow.source_port = static_cast<uint16_t>(1024 + random() % 64'000);
  flow.destination_port = 53;
  return flow;
}

template <size_t kAddressWords>
void ExpectSymmetricAndSpread() {
  std::mt19937 random(1);
  std::array<size_t, kQueues> filled{};
  for (size_t i = 0; i < kFlows; ++i) {
    const auto flow = DrawFlow<kAddressWords>(random);
    ASSERT_EQ(QueueOf(flow.Hash()), QueueOf(flow.Reversed().Hash())) << "flow " << i;
    ASSERT_EQ(flow.AddressHash(), flow.Reversed().AddressHash()) << "fragments of flow " << i;
    ++filled[QueueOf(flow.Hash())];
  }
  for (const size_t flows : filled) {
    EXPECT_GT(flows, kFlows / kQueues * 3 / 4);
    EXPECT_LT(flows, kFlows / kQueues * 5 / 4);
  }
}

TEST(DpdkRss, BothDirectionsOf10kFlowsOverIpv4ComeToOneQueue) { ExpectSymmetricAndSpread<1>(); }
TEST(DpdkRss, BothDirectionsOf10kFlowsOverIpv6ComeToOneQueue) { ExpectSymmetricAndSpread<4>(); }

// Without the repeated key it would not be so: Microsoft's key, of the RSS specification.
TEST(DpdkRss, TheUsualKeyIsNotSymmetric) {
  constexpr std::array<uint8_t, 40> kUsual = {
      0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
      0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
      0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};
  std::array<uint32_t, 3> there = {0x0a000001, 0x0a010035, 0x9c400035};
  std::array<uint32_t, 3> back = {0x0a010035, 0x0a000001, 0x00359c40};
  EXPECT_NE(rte_softrss(there.data(), 3, kUsual.data()),
            rte_softrss(back.data(), 3, kUsual.data()));
}

}  // namespace
}  // namespace rcodescope
