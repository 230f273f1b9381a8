// What a live frame looks like: time, VLAN tag, interface, length; which queue it is in; which
// frames are taken.
#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "tests/capture/live_fixture.h"

namespace rcodescope {
namespace {

using std::chrono::milliseconds;

Timestamp RealTime() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()};
}

std::string TextOf(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class LiveFrames : public LiveTest {
 protected:
  // What comes of `sent` on the cable's other end: its own frames and all the results.
  void Capture(AfPacketOptions options, const std::vector<Bytes>& sent, size_t expected,
               const std::string& from = "wire") {
    const auto capture = Open(std::move(options));
    ASSERT_NE(capture, nullptr);
    QueueRunner runner(*capture);
    FrameSender sender(from);
    for (const Bytes& frame : sent) ASSERT_TRUE(sender.Send(frame));
    EXPECT_TRUE(WaitFor([&] { return runner.seen() >= expected; })) << runner.seen();
    runner.Stop();
    EXPECT_EQ(runner.seen(), expected);
    EXPECT_EQ(runner.offered(), expected);
    results_ = runner.results();
  }

  const std::vector<LiveFrame>& frames() const { return results_.at(0).frames; }

  std::vector<QueueRunner::Result> results_;
};

TEST_F(LiveFrames, HaveTimesOfTheirOwn) {
  const auto capture = Open();
  ASSERT_NE(capture, nullptr);
  QueueRunner runner(*capture);
  FrameSender sender("wire");
  std::vector<std::pair<Timestamp, Timestamp>> around;
  // All in one block of the ring, which is retired 20 ms after its first frame.
  for (uint32_t i = 0; i < 20; ++i) {
    const Timestamp before = RealTime();
    ASSERT_TRUE(sender.Send(NumberedFrame(i)));
    around.emplace_back(before, RealTime());
    while (RealTime().ns < before.ns + 200'000) {
    }
  }
  ASSERT_TRUE(WaitFor([&] { return runner.seen() == 20; }));
  runner.Stop();
  const auto& frames = runner.results()[0].frames;
  ASSERT_EQ(frames.size(), 20u);
  for (size_t i = 0; i < frames.size(); ++i) {
    EXPECT_GE(frames[i].packet.time, around[i].first) << i;
    EXPECT_LE(frames[i].packet.time, around[i].second) << i;
    EXPECT_GE(frames[i].now, frames[i].packet.time) << i;
  }
}

TEST_F(LiveFrames, KeepTheirBytesLengthsAndOrdinals) {
  std::vector<Bytes> sent;
  for (uint32_t i = 0; i < 100; ++i) {
    sent.push_back(Ethernet(Ipv4(Udp(Wire(DnsMessage{.trailing = Fill(i * 14, i)})))));
  }
  Capture({}, sent, sent.size());
  ASSERT_EQ(frames().size(), sent.size());
  for (size_t i = 0; i < sent.size(); ++i) {
    EXPECT_EQ(frames()[i].bytes, sent[i]);
    EXPECT_EQ(frames()[i].packet.wire, sent[i].size());
    EXPECT_EQ(frames()[i].packet.frame, i + 1);
    EXPECT_EQ(frames()[i].packet.link_type, LinkType::kEthernet);
    EXPECT_EQ(frames()[i].packet.stripped.tpid, 0);
  }
  const auto& dropped = results_[0].stats.dropped;
  EXPECT_EQ(dropped[static_cast<size_t>(DropStage::kRing)], 0u);
  EXPECT_EQ(dropped[static_cast<size_t>(DropStage::kInterface)], 0u);
  EXPECT_EQ(dropped[static_cast<size_t>(DropStage::kNic)], 0u);
  EXPECT_FALSE(dropped[static_cast<size_t>(DropStage::kKernel)]) << "not known is not 0";
}

TEST_F(LiveFrames, AreCutAtTheSnapLength) {
  const Bytes frame = Ethernet(Ipv4(Udp(Wire(DnsMessage{.trailing = Fill(900)}))));
  Capture({.snap_length = 100}, {frame}, 1);
  ASSERT_EQ(frames().size(), 1u);
  EXPECT_EQ(frames()[0].bytes, Cut(frame, 100));
  EXPECT_EQ(frames()[0].packet.wire, frame.size());
}

// Hard case 24. The kernel takes the outer tag out of the frame.
TEST_F(LiveFrames, HaveTheVlanTagThatTheKernelTookOut) {
  const Bytes packet = Ipv4(Udp(Wire(DnsMessage{})));
  const VlanTag tag = {kVlanTpid, 0x6007};
  const VlanTag priority = {kVlanTpid, 0xe000};
  const VlanTag zero = {kVlanTpid, 0};
  const VlanTag service = {kServiceTpid, 100};
  const VlanTag inner = {kVlanTpid, 200};
  Capture({},
          {Ethernet(packet, {.tags = {tag}}), Ethernet(packet, {.tags = {priority}}),
           Ethernet(packet, {.tags = {zero}}), Ethernet(packet, {.tags = {service, inner}}),
           Ethernet(packet, {.tags = {{kOldQinqTpid, 5}, inner}}), Ethernet(packet)},
          6);
  ASSERT_EQ(frames().size(), 6u);
  const VlanTag expected[] = {tag, priority, zero, service};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(frames()[i].packet.stripped.tpid, expected[i].tpid) << i;
    EXPECT_EQ(frames()[i].packet.stripped.tci, expected[i].tci) << i;
  }
  EXPECT_EQ(frames()[0].bytes, Ethernet(packet));
  EXPECT_EQ(frames()[3].bytes, Ethernet(packet, {.tags = {inner}})) << "one tag is taken out";
  EXPECT_EQ(frames()[4].bytes, Ethernet(packet, {.tags = {{kOldQinqTpid, 5}, inner}}))
      << "a number that the kernel does not know as a tag stays";
  EXPECT_EQ(frames()[4].packet.stripped.tpid, 0);
  EXPECT_EQ(frames()[5].packet.stripped.tpid, 0);
}

TEST_F(LiveFrames, AUsersFilterFindsTagsThatTheKernelTookOut) {
  const Bytes packet = Ipv4(Udp(Wire(DnsMessage{})));
  const Bytes other = Ipv4(Udp(Wire(DnsMessage{}), {.source = 54}));
  const std::vector<Bytes> sent = {Ethernet(packet), Ethernet(packet, {.tags = {{kVlanTpid, 7}}}),
                                   Ethernet(packet, {.tags = {{kVlanTpid, 8}}}),
                                   Ethernet(other, {.tags = {{kVlanTpid, 7}}})};
  Capture({.filter = {.expression = "vlan 7 and port 53"}}, sent, 1);
  ASSERT_EQ(frames().size(), 1u);
  EXPECT_EQ(frames()[0].packet.stripped.tci, 7);
  EXPECT_EQ(frames()[0].bytes, Ethernet(packet));
}

TEST_F(LiveFrames, WithoutAUsersFilterOnlyWhatCannotBeDnsIsKeptBack) {
  const auto tagged = [](const Bytes& packet) {
    return Ethernet(packet, {.tags = {{kVlanTpid, 7}, {kVlanTpid, 8}}});
  };
  const Bytes dns = Ipv4(Udp(Wire(DnsMessage{})));
  const Bytes web = Ipv4(Tcp(Fill(100), {.source = 443}));
  const Bytes later = Ipv4(Udp(Fill(64)), {.fragment = 185});
  Capture({}, {Ethernet(web), tagged(web), Ethernet(dns), tagged(dns), Ethernet(later)}, 3);
  ASSERT_EQ(frames().size(), 3u);
  EXPECT_EQ(frames()[0].bytes, Ethernet(dns));
  EXPECT_EQ(frames()[1].packet.stripped.tci, 7);
  EXPECT_EQ(frames()[2].bytes, Ethernet(later));
}

TEST_F(LiveFrames, OnALoopbackInterfaceCountOnce) {
  Capture({.interfaces = {"lo"}}, {NumberedFrame(1), NumberedFrame(2)}, 2, "lo");
}

TEST_F(LiveFrames, SentByThisHostAreTakenToo) { Capture({}, {NumberedFrame(1)}, 1, "tap"); }

TEST_F(LiveFrames, WithoutALinkLayerAreRawIp) {
  Tunnel tunnel("tun");
  const auto capture = Open({.interfaces = {"tun"}});
  ASSERT_NE(capture, nullptr);
  QueueRunner runner(*capture);
  const Bytes dns = Ipv4(Udp(Wire(DnsMessage{})));
  const Bytes dns6 = Ipv6(Udp(Wire(DnsMessage{})));
  ASSERT_TRUE(tunnel.Send(Ipv4(Tcp(Fill(40), {.source = 443}))));
  ASSERT_TRUE(tunnel.Send(dns));
  ASSERT_TRUE(tunnel.Send(dns6));
  ASSERT_TRUE(WaitFor([&] { return runner.seen() == 2; }));
  runner.Stop();
  EXPECT_EQ(runner.residual(), 0);
  const auto& frames = runner.results()[0].frames;
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].bytes, dns);
  EXPECT_EQ(frames[1].bytes, dns6);
  EXPECT_EQ(frames[0].packet.link_type, LinkType::kRaw);
}

TEST_F(LiveFrames, OfSeveralInterfacesTellWhichTheyCameFrom) {
  network_->AddCable("tap2", "wire2");
  network_->AddCable("other", "wire3");
  const auto capture = Open({.interfaces = {"tap2", "tap"}});
  ASSERT_NE(capture, nullptr);
  QueueRunner runner(*capture);
  FrameSender("wire").Send(NumberedFrame(1));
  FrameSender("wire3").Send(NumberedFrame(3));
  FrameSender("wire2").Send(NumberedFrame(2));
  ASSERT_TRUE(WaitFor([&] { return runner.seen() == 2; }));
  runner.Stop();
  const auto& frames = runner.results()[0].frames;
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(NumberOf(frames[0].bytes), 1u);
  EXPECT_EQ(frames[0].packet.interface, 1);
  EXPECT_EQ(NumberOf(frames[1].bytes), 2u);
  EXPECT_EQ(frames[1].packet.interface, 0);
  EXPECT_EQ(capture->interfaces()[0].name, "tap2");
}

// Hard cases 27 and 31: what belongs together is in one queue.
TEST_F(LiveFrames, FragmentsOfADatagramAndBothDirectionsOfAFlowAreInOneQueue) {
  constexpr uint32_t kFlows = 64;
  std::vector<Bytes> sent;
  std::map<std::string, uint32_t> group_of;  // by the bytes
  const auto add = [&](const Bytes& frame, uint32_t group) {
    sent.push_back(frame);
    group_of[TextOf(frame)] = group;
  };
  for (uint32_t flow = 0; flow < kFlows; ++flow) {
    const std::array<uint8_t, 4> client = {10, 0, 0, static_cast<uint8_t>(flow)};
    const auto port = static_cast<uint16_t>(kClientPort + flow * 7);
    const Bytes message = Wire(DnsMessage{});
    add(Ethernet(Ipv4(Udp(message, {.source = port, .destination = 53}),
                      {.source = client, .destination = kServer4})),
        flow);
    add(Ethernet(Ipv4(Udp(message, {.destination = port}), {.destination = client})), flow);
    const Payload datagram = Udp(Wire(DnsMessage{.trailing = Fill(200)}), {.destination = port});
    for (const size_t at : {size_t{0}, size_t{64}, size_t{128}}) {
      const bool last = at == 128;
      const auto begin = datagram.bytes.begin() + static_cast<std::ptrdiff_t>(at);
      const Payload piece = {.bytes = Bytes(begin, last ? datagram.bytes.end() : begin + 64)};
      const auto field = static_cast<uint16_t>((last ? 0 : kMoreFragments) | at / 8);
      add(Ethernet(Ipv4(piece, {.destination = client, .fragment = field})), kFlows + flow);
    }
  }
  Capture({.queues = 2}, sent, sent.size());
  std::map<uint32_t, std::set<size_t>> queues_of;
  for (size_t queue = 0; queue < 2; ++queue) {
    EXPECT_GT(results_[queue].frames.size(), sent.size() / 4) << "both queues have work";
    for (const LiveFrame& frame : results_[queue].frames) {
      queues_of[group_of.at(TextOf(frame.bytes))].insert(queue);
    }
  }
  EXPECT_EQ(queues_of.size(), size_t{2} * kFlows);
  for (const auto& [group, queues] : queues_of) EXPECT_EQ(queues.size(), 1u) << group;
}

// Hard case 32: windows end also when nothing comes.
TEST_F(LiveFrames, WithoutAnyTheClockGoesOn) {
  const auto capture = Open();
  ASSERT_NE(capture, nullptr);
  PacketBatch batch;
  Timestamp last;
  for (int i = 0; i < 5; ++i) {
    const Timestamp before = RealTime();
    const auto begin = SteadyClock::now();
    ASSERT_EQ(capture->queue(0).Poll(batch), PollResult::kPackets);
    EXPECT_LT(SteadyClock::now() - begin, kIdleWait + milliseconds(100));
    EXPECT_EQ(batch.size, 0u);
    EXPECT_GT(batch.now, last);
    EXPECT_GT(batch.now.ns, before.ns - 200'000'000);
    EXPECT_LE(batch.now, RealTime());
    last = batch.now;
  }
}

TEST_F(LiveFrames, NoBatchSpansTwoSlices) {
  constexpr int64_t kSlice = 1'000'000;
  const auto capture = Open({.slice = kSlice});
  ASSERT_NE(capture, nullptr);
  QueueRunner runner(*capture);
  FrameSender sender("wire");
  for (uint32_t i = 0; i < 2000; ++i) ASSERT_TRUE(sender.Send(NumberedFrame(i)));
  ASSERT_TRUE(WaitFor([&] { return runner.seen() == 2000; }));
  runner.Stop();
  std::set<int64_t> slices;
  for (const LiveFrame& frame : runner.results()[0].frames) {
    EXPECT_EQ(SliceOf(frame.now, kSlice), SliceOf(frame.packet.time, kSlice));
    slices.insert(SliceOf(frame.now, kSlice));
  }
  EXPECT_GT(slices.size(), 1u);
}

TEST_F(LiveFrames, WhatCannotBeOpenedIsNamed) {
  const auto status = [](AfPacketOptions options) { return OpenAfPacket(options).status(); };
  const absl::Status absent = status({.interfaces = {"tap", "nosuch0"}});
  EXPECT_TRUE(absl::IsNotFound(absent)) << absent;
  EXPECT_EQ(absent.message(), "there is no network interface nosuch0");
  const absl::Status filter = status({.interfaces = {"tap"}, .filter = {.expression = "port and"}});
  EXPECT_TRUE(absl::IsInvalidArgument(filter)) << filter;
  EXPECT_NE(filter.message().find("syntax error"), std::string::npos) << filter;
  EXPECT_TRUE(absl::IsInvalidArgument(status({})));
  EXPECT_TRUE(absl::IsInvalidArgument(status({.interfaces = {"tap", "tap"}})));
  EXPECT_TRUE(absl::IsInvalidArgument(status({.interfaces = {"tap"}, .queues = 0})));
}

}  // namespace
}  // namespace rcodescope
