// What a tunnel carries is counted the same by any number of workers, though the tunnel's own
// packets come in fragments.
#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/pipeline/conservation.h"
#include "tests/pipeline/run.h"
#include "tests/pipeline/traffic.h"
#include "tests/support/tunnels.h"

namespace rcodescope {
namespace {

constexpr size_t kFlows = 24;
constexpr size_t kMtu = 1480;  // payload of an IP packet, a multiple of 8
constexpr Rcode kBadVers = {RcodeSpace::kDns, 16};

// With the OPT behind `size` bytes of another record.
Bytes LongMessage(size_t size) {
  return Wire(DnsMessage{.answers = {{.type = 16, .rdata = Fill(size, 'x')}},
                         .additional = {Opt({.extended_rcode = 1})}});
}

Ipv4Fields ToClient(size_t flow) {
  return {.destination = {198, 51, 100, static_cast<uint8_t>(flow)}};
}

// IP packets: the datagram in as many fragments as it takes.
std::vector<Bytes> Datagram(const Payload& payload, const Ipv4Fields& fields, uint16_t id) {
  std::vector<Bytes> packets;
  const Bytes& bytes = payload.bytes;
  for (size_t at = 0; at < bytes.size(); at += kMtu) {
    const size_t end = std::min(at + kMtu, bytes.size());
    const Bytes part(bytes.begin() + static_cast<ptrdiff_t>(at),
                     bytes.begin() + static_cast<ptrdiff_t>(end));
    Ipv4Fields own = fields;
    own.fragment = static_cast<uint16_t>(at / 8 | (end == bytes.size() ? 0 : kMoreFragments));
    packets.push_back(WithU16(Ipv4({payload.protocol, part}, own), 4, id));
  }
  return packets;
}

class Tunnel {
 public:
  // The frames of an IP packet between the tunnel's ends.
  void Carry(const Bytes& packet) {
    const Bytes vxlan = Vxlan(Ethernet(packet), 7);
    const Ipv4Fields ends{.source = {10, 0, 0, 1}, .destination = {10, 0, 0, 2}};
    for (const Bytes& part : Datagram(ToPort(kVxlanPort, vxlan), ends, ++id_)) {
      frames.push_back(Ethernet(part));
    }
  }

  std::vector<Bytes> frames;

 private:
  uint16_t id_ = 0;
};

// Responses over UDP in two fragments each, of which the first is too long for the tunnel.
void AddDatagrams(Tunnel& tunnel) {
  for (size_t flow = 0; flow < kFlows; ++flow) {
    const auto id = static_cast<uint16_t>(flow);
    for (const Bytes& packet : Datagram(Udp(LongMessage(2'000)), ToClient(flow), id)) {
      tunnel.Carry(packet);
    }
  }
}

// Responses over TCP, of whose segments all but the last are too long for the tunnel.
void AddSegments(Tunnel& tunnel) {
  constexpr size_t kSegment = 1'460;
  const Bytes message = LongMessage(4'000);
  const Bytes stream = Join(U16(static_cast<unsigned>(message.size())), message);
  for (size_t flow = 0; flow < kFlows; ++flow) {
    for (size_t at = 0; at < stream.size(); at += kSegment) {
      const size_t end = std::min(at + kSegment, stream.size());
      const Bytes part(stream.begin() + static_cast<ptrdiff_t>(at),
                       stream.begin() + static_cast<ptrdiff_t>(end));
      const auto sequence = static_cast<uint32_t>(1'000 + at);
      tunnel.Carry(Ipv4(Tcp(part, {.sequence = sequence}), ToClient(100 + flow)));
    }
  }
}

void AddSyns(Tunnel& tunnel) {
  constexpr uint8_t kSynAck = 0x12;
  for (size_t flow = 0; flow < kFlows; ++flow) {
    tunnel.Carry(Ipv4(Tcp({}, {.sequence = 999, .flags = kSynAck}), ToClient(100 + flow)));
  }
}

// A millisecond apart.
std::vector<TimedFrame> Timed(const std::vector<Bytes>& frames) {
  std::vector<TimedFrame> timed;
  for (const Bytes& frame : frames) {
    timed.push_back({{static_cast<int64_t>(timed.size() + 1) * 1'000'000}, frame});
  }
  return timed;
}

void ExpectSameForAnyWorkers(const std::vector<TimedFrame>& frames) {
  std::string expected;
  for (const size_t workers : std::array<size_t, 4>{1, 2, 4, 7}) {
    SCOPED_TRACE(workers);
    MemorySource source(frames);
    const Snapshot snapshot = CountPackets(source, SmallOptions(workers, workers));
    ExpectConserved(snapshot, 500);
    EXPECT_EQ(RcodesOf(snapshot), (RcodeCounts{{kBadVers, 2 * kFlows}}));
    if (expected.empty()) expected = Reports(snapshot);
    EXPECT_EQ(Reports(snapshot), expected);
  }
}

TEST(FragmentedTunnel, InOrder) {
  Tunnel tunnel;
  AddSyns(tunnel);
  AddDatagrams(tunnel);
  AddSegments(tunnel);
  ExpectSameForAnyWorkers(Timed(tunnel.frames));
}

// A source holds no more datagrams at once than it has a share of, so that frames only swap places
// with their neighbours.
TEST(FragmentedTunnel, OutOfOrder) {
  constexpr ptrdiff_t kNeighbours = 6;
  for (unsigned seed = 0; seed < 5; ++seed) {
    SCOPED_TRACE(seed);
    Tunnel tunnel;
    AddSyns(tunnel);
    auto begin = static_cast<ptrdiff_t>(tunnel.frames.size());
    AddDatagrams(tunnel);
    AddSegments(tunnel);
    std::mt19937 random(seed);
    for (; begin + kNeighbours <= std::ssize(tunnel.frames); begin += kNeighbours) {
      const auto first = tunnel.frames.begin() + begin;
      std::shuffle(first, first + kNeighbours, random);
    }
    ExpectSameForAnyWorkers(Timed(tunnel.frames));
  }
}

// A first fragment that never comes: the others end as they do with one worker.
TEST(FragmentedTunnel, WithoutItsBeginning) {
  Tunnel tunnel;
  AddDatagrams(tunnel);
  std::vector<Bytes> later;
  for (const Bytes& frame : tunnel.frames) {
    constexpr size_t kFragmentField = 14 + 6;
    if (frame[kFragmentField] != std::byte{kMoreFragments >> 8}) later.push_back(frame);
  }
  ASSERT_LT(later.size(), tunnel.frames.size());
  later.resize(6);
  std::vector<TimedFrame> frames = Timed(later);
  for (const int64_t seconds : {4, 20, 45, 46}) {
    frames.push_back({{seconds * kNanosPerSecond}, Ethernet(Ipv4(Udp(LongMessage(20))))});
  }
  std::string expected;
  for (const size_t workers : std::array<size_t, 3>{1, 2, 7}) {
    SCOPED_TRACE(workers);
    MemorySource source(frames);
    const Snapshot snapshot = CountPackets(source, SmallOptions(workers, workers));
    ExpectConserved(snapshot, 500);
    EXPECT_EQ(snapshot.frames.dispositions[static_cast<size_t>(Disposition::kFragmentIncomplete)],
              later.size());
    if (expected.empty()) expected = Reports(snapshot);
    EXPECT_EQ(Reports(snapshot), expected);
  }
}

}  // namespace
}  // namespace rcodescope
