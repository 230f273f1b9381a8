// Messages out of segments: each rule of TcpStreams by itself.
#include "parse/tcp_streams.h"

#include <gtest/gtest.h>

#include "tests/parse/tcp_traffic.h"

namespace rcodescope {
namespace {

using enum TcpVerdict;

const Bytes kFirst = OpaqueMessage(1, 40);
const Bytes kSecond = OpaqueMessage(2, 50);
const Bytes kThird = OpaqueMessage(3, 60);
const Bytes kThree = TcpStreamOf({kFirst, kSecond, kThird});
constexpr size_t kSecondAt = 42;
constexpr size_t kThirdAt = 94;
const std::vector<Bytes> kAll = {kFirst, kSecond, kThird};

TEST(TcpStreams, ControlSegmentsCarryNoPayload) {
  TcpTraffic tcp;
  EXPECT_EQ(tcp.Data(0, {}), kNoPayload);  // an ACK of an unknown connection
  EXPECT_EQ(tcp.Fin(0), kNoPayload);
  EXPECT_EQ(tcp.Rst(0), kNoPayload);
  EXPECT_EQ(tcp.stats().streams_opened, 0);
  EXPECT_EQ(tcp.Syn(), kNoPayload);
  EXPECT_EQ(tcp.Data(0, {}), kNoPayload);
  EXPECT_EQ(tcp.stats().open, 1);
  EXPECT_EQ(tcp.Fin(0), kNoPayload);
  EXPECT_EQ(tcp.stats().open, 0);
}

TEST(TcpStreams, ManyMessagesInOneSegmentComeStraightFromThePacket) {
  class Within : public TcpMessageSink {
   public:
    void OnMessage(const TcpFlow& /*flow*/, Timestamp /*time*/, Cursor message,
                   uint32_t& /*note*/) override {
      const auto bytes = message.captured();
      within += bytes.data() >= kThree.data() &&
                bytes.data() + bytes.size() <= kThree.data() + kThree.size();
    }
    int within = 0;
  } sink;
  TcpStreams streams(0, 7);
  TcpSegment segment{.flow = TcpFlowTo(), .sequence = 9, .flags = kTcpSyn};
  segment.payload = Cursor(kThree, kThree.size());
  EXPECT_EQ(streams.Add(segment, {}, sink), kMessage);
  EXPECT_EQ(sink.within, 3);
}

TEST(TcpStreams, AMessageKnowsItsFlowAndTime) {
  TcpTraffic tcp;
  tcp.flow = TcpFlowTo(4711, 99);
  tcp.Syn();
  tcp.Data(0, kThree);
  ASSERT_EQ(tcp.messages.all.size(), 3);
  EXPECT_EQ(tcp.messages.all[2].flow, TcpFlowTo(4711, 99));
  EXPECT_EQ(tcp.messages.all[2].time, tcp.now);
}

TEST(TcpStreams, TheSameMessagesHoweverTheStreamIsCut) {
  for (size_t size = 1; size <= kThree.size(); ++size) {
    SCOPED_TRACE(size);
    TcpTraffic tcp;
    tcp.Syn();
    for (size_t at = 0; at < kThree.size(); at += size) tcp.Part(kThree, at, size);
    EXPECT_EQ(tcp.out(), kAll);
  }
}

TEST(TcpStreams, TheLengthMayBeSplitBetweenSegments) {
  TcpTraffic tcp;
  tcp.Syn();
  EXPECT_EQ(tcp.Part(kThree, 0, 1), kPart);
  EXPECT_EQ(tcp.Part(kThree, 1, 1), kPart);
  EXPECT_EQ(tcp.Part(kThree, 2, kSecondAt + 1 - 2), kMessage);
  EXPECT_EQ(tcp.Part(kThree, kSecondAt + 1, 500), kMessage);
  EXPECT_EQ(tcp.out(), kAll);
}

TEST(TcpStreams, SegmentsInAnyOrder) {
  for (size_t size = 1; size <= 40; ++size) {
    SCOPED_TRACE(size);
    TcpTraffic swapped;
    TcpTraffic reversed;
    swapped.Syn();
    reversed.Syn();
    for (size_t at = 0; at < kThree.size(); at += 2 * size) {
      if (at + size < kThree.size()) swapped.Part(kThree, at + size, size);
      swapped.Part(kThree, at, size);
    }
    const size_t count = (kThree.size() + size - 1) / size;
    if (count <= 64) {
      for (size_t i = count; i-- > 0;) reversed.Part(kThree, i * size, size);
      EXPECT_EQ(reversed.out(), kAll);
    }
    EXPECT_EQ(swapped.out(), kAll);
    EXPECT_EQ(swapped.stats().gaps, 0);
  }
}

TEST(TcpStreams, RetransmissionsAreDuplicates) {
  TcpTraffic tcp;
  tcp.Syn();
  tcp.Part(kThree, 0, 60);
  EXPECT_EQ(tcp.Part(kThree, 0, 60), kDuplicate);
  EXPECT_EQ(tcp.Part(kThree, 50, 10), kDuplicate);
  EXPECT_EQ(tcp.Part(kThree, 100, 20), kPart);
  EXPECT_EQ(tcp.Part(kThree, 105, 10), kDuplicate);
  EXPECT_EQ(tcp.Part(kThree, 30, 500), kMessage);  // covers all that waits, and more
  EXPECT_EQ(tcp.Part(kThree, 0, 500), kDuplicate);
  EXPECT_EQ(tcp.out(), kAll);
  EXPECT_EQ(tcp.stats().retransmitted_different, 0);
}

TEST(TcpStreams, WhereSegmentsDifferTheFirstBytesCount) {
  TcpTraffic tcp;
  tcp.Syn();
  tcp.Part(kThree, 0, 30);                              // held: part of a message
  EXPECT_EQ(tcp.Data(10, Fill(20, 0xee)), kDuplicate);  // differs in what is held
  EXPECT_EQ(tcp.stats().retransmitted_different, 1);
  tcp.Part(kThree, 50, 10);                            // waits
  EXPECT_EQ(tcp.Data(52, Fill(8, 0xee)), kDuplicate);  // differs in what waits
  EXPECT_EQ(tcp.stats().retransmitted_different, 2);
  Bytes around(kThree.begin() + 20, kThree.begin() + 80);  // differs in both
  around[5] = around[35] = std::byte{0xee};
  EXPECT_EQ(tcp.Data(20, around), kMessage);
  EXPECT_EQ(tcp.Part(kThree, 80, 500), kMessage);
  EXPECT_EQ(tcp.Data(0, Fill(10, 0xee)), kDuplicate);  // of what was given out: not known
  EXPECT_EQ(tcp.out(), kAll);
  EXPECT_GE(tcp.stats().retransmitted_different, 3);
}

// Wherever in the buffer they overlap, and be it by one byte.
TEST(TcpStreams, OfOneByteThatDiffersTheFirstCounts) {
  const Bytes message = OpaqueMessage(1, 400);
  const Bytes stream = TcpStreamOf({message});
  for (size_t at = 100; at < 100 + 64; ++at) {
    SCOPED_TRACE(at);
    TcpTraffic tcp;
    tcp.Syn();
    tcp.Part(stream, 60, at + 1 - 60);  // waits
    Bytes other(stream.begin() + static_cast<std::ptrdiff_t>(at), stream.end());
    other[0] ^= std::byte{1};
    EXPECT_EQ(tcp.Data(at, other), kPart);
    EXPECT_EQ(tcp.stats().retransmitted_different, 1);
    EXPECT_EQ(tcp.Part(stream, 0, 60), kMessage);
    EXPECT_EQ(tcp.out(), std::vector<Bytes>{message});
  }
}

TEST(TcpStreams, KeepalivesAreNothingNew) {
  TcpTraffic tcp;
  tcp.Syn();
  tcp.Part(kThree, 0, 50);
  EXPECT_EQ(tcp.Data(49, Fill(1, 0xee)), kDuplicate);
  EXPECT_EQ(tcp.Data(49, {}), kNoPayload);
  tcp.Part(kThree, 50, 500);
  EXPECT_EQ(tcp.out(), kAll);
  EXPECT_EQ(tcp.stats().retransmitted_different, 0);
}

TEST(TcpStreams, DataMayComeWithTheSyn) {
  TcpTraffic tcp;
  EXPECT_EQ(tcp.Syn(Cut(kThree, 50)), kMessage);
  EXPECT_EQ(tcp.Part(kThree, 0, 500), kMessage);  // the server did not take it: sent again
  EXPECT_EQ(tcp.out(), kAll);
}

TEST(TcpStreams, ASynSentAgainChangesNothing) {
  TcpTraffic tcp;
  tcp.Syn();
  tcp.Part(kThree, 0, 50);
  EXPECT_EQ(tcp.Syn(), kNoPayload);
  tcp.Part(kThree, 50, 500);
  EXPECT_EQ(tcp.out(), kAll);
  EXPECT_EQ(tcp.stats().streams_opened, 1);
}

TEST(TcpStreams, AnotherSynIsAnotherConnection) {
  TcpTraffic tcp;
  tcp.Syn();
  tcp.Part(kThree, 0, 50);
  tcp.Restart(77'777);
  tcp.Syn();
  tcp.Data(0, kThree);
  EXPECT_EQ(tcp.out(), (std::vector<Bytes>{kFirst, kFirst, kSecond, kThird}));
  EXPECT_EQ(tcp.stats().streams_opened, 2);
  EXPECT_EQ(tcp.stats().open, 1);
  EXPECT_EQ(tcp.stats().messages_incomplete, 1);
}

TEST(TcpStreams, TapsAreDifferentStreams) {
  TcpTraffic tcp;
  for (const uint32_t tap : {1U, 2U}) {
    tcp.flow = TcpFlowTo(40'000, tap);
    tcp.Syn();
    tcp.Part(kThree, 0, 50);
  }
  tcp.Part(kThree, 50, 500);
  EXPECT_EQ(tcp.out().size(), 4);
}

TEST(TcpStreams, AStreamWithoutSynBeginsWhereAMessageSeemsTo) {
  TcpTraffic tcp;
  EXPECT_EQ(tcp.Part(kThree, 20, kSecondAt - 20), kDropped);
  EXPECT_EQ(tcp.stats().streams_opened, 0);
  EXPECT_EQ(tcp.Part(kThree, kSecondAt, 500), kMessage);
  EXPECT_EQ(tcp.out(), (std::vector<Bytes>{kSecond, kThird}));
  EXPECT_EQ(tcp.stats().opened_midway, 1);
}

TEST(TcpStreams, AGuessHoldsOnceTheHeaderIsLikely) {
  TcpTraffic tcp;
  EXPECT_EQ(tcp.Part(kThree, kSecondAt, 2), kPart);  // servers send the length by itself, too
  EXPECT_EQ(tcp.Part(kThree, kSecondAt + 2, 500), kMessage);
  TcpTraffic wrong;
  EXPECT_EQ(wrong.Part(kThree, kSecondAt - 2, 2), kPart);
  EXPECT_EQ(wrong.Part(kThree, kSecondAt, kThirdAt - kSecondAt), kMessage);  // another guess
  EXPECT_EQ(wrong.Part(kThree, kThirdAt, 500), kMessage);
  EXPECT_EQ(tcp.out(), (std::vector<Bytes>{kSecond, kThird}));
  EXPECT_EQ(wrong.out(), tcp.out());
  EXPECT_EQ(wrong.stats().bytes_skipped, 2);
}

TEST(TcpStreams, ASynBehindTheFirstDataOpensNothing) {
  TcpTraffic tcp;
  tcp.Part(kThree, 0, 50);
  tcp.Syn();
  tcp.Part(kThree, 50, 500);
  EXPECT_EQ(tcp.out(), kAll);
  EXPECT_EQ(tcp.stats().streams_opened, 1);
}

// It is the stream's from then on: sent again behind the end, it opens no other.
TEST(TcpStreams, ASynBehindTheFirstDataIsKnownAgain) {
  TcpTraffic tcp;
  tcp.Data(0, kThree);
  tcp.Syn();
  tcp.Fin(kThree.size());
  EXPECT_EQ(tcp.Syn(), kNoPayload);
  EXPECT_EQ(tcp.Data(0, kThree), kDuplicate);
  EXPECT_EQ(tcp.out(), kAll);
  EXPECT_EQ(tcp.stats().streams_opened, 1);
}

TEST(TcpStreams, ZeroAndShortMessagesArePassedOver) {
  const Bytes stream = Join(U16(0), U16(5), Fill(5, 9), U16(0), LengthPrefixed(kFirst), U16(11),
                            Fill(11, 9), LengthPrefixed(kSecond), U16(0));
  for (const size_t size : {size_t{1}, size_t{2}, size_t{4}, size_t{7}, stream.size()}) {
    SCOPED_TRACE(size);
    TcpTraffic tcp;
    tcp.Syn();
    for (size_t at = 0; at < stream.size(); at += size) tcp.Part(stream, at, size);
    tcp.Fin(stream.size());
    EXPECT_EQ(tcp.out(), (std::vector<Bytes>{kFirst, kSecond}));
    EXPECT_EQ(tcp.stats().zero_prefixes, 3);
    EXPECT_EQ(tcp.stats().short_messages, 2);
    EXPECT_EQ(tcp.stats().messages_incomplete, 0);
    EXPECT_EQ(tcp.stats().bytes_skipped, 0);
  }
}

TEST(TcpStreams, AMessageOfTwelveBytesIsOne) {
  const Bytes header = Wire(DnsMessage{.rcode = 5, .questions = {}});
  ASSERT_EQ(header.size(), 12);
  TcpTraffic tcp;
  tcp.Syn();
  EXPECT_EQ(tcp.Data(0, LengthPrefixed(header)), kMessage);
  EXPECT_EQ(tcp.out(), std::vector<Bytes>{header});
}

TEST(TcpStreams, TheSequenceMayWrapInsideAMessage) {
  for (uint32_t back = 0; back < kThree.size() + 2; ++back) {
    SCOPED_TRACE(back);
    TcpTraffic tcp(0U - back);
    tcp.Syn();
    tcp.Part(kThree, 60, 30);
    tcp.Part(kThree, 0, 35);
    tcp.Part(kThree, 90, 500);
    tcp.Part(kThree, 35, 25);
    EXPECT_EQ(tcp.out(), kAll);
    EXPECT_EQ(tcp.Part(kThree, 60, 500), kDuplicate);
  }
}

TEST(TcpStreams, AllDataMayComeWithTheFin) {
  TcpTraffic tcp;
  tcp.Syn();
  EXPECT_EQ(tcp.Fin(0, kThree), kMessage);
  EXPECT_EQ(tcp.out(), kAll);
  EXPECT_EQ(tcp.stats().open, 0);
  EXPECT_EQ(tcp.stats().messages_incomplete, 0);
}

TEST(TcpStreams, AFinWaitsForTheBytesBeforeIt) {
  TcpTraffic tcp;
  tcp.Syn();
  EXPECT_EQ(tcp.Fin(kThirdAt, LengthPrefixed(kThird)), kPart);
  EXPECT_EQ(tcp.stats().open, 1);
  EXPECT_EQ(tcp.Part(kThree, 0, kThirdAt), kMessage);
  EXPECT_EQ(tcp.out(), kAll);
  EXPECT_EQ(tcp.stats().open, 0);
}

TEST(TcpStreams, AnEndWithinAMessageIsCounted) {
  const auto end_with = [](auto end) {
    TcpTraffic tcp;
    tcp.Syn();
    tcp.Part(kThree, 0, 60);
    end(tcp);
    EXPECT_EQ(tcp.stats().messages, 1);
    EXPECT_EQ(tcp.stats().messages_incomplete, 1);
    EXPECT_EQ(tcp.stats().bytes_skipped, 60 - kSecondAt);
    EXPECT_EQ(tcp.stats().open, 0);
  };
  end_with([](TcpTraffic& tcp) { tcp.Fin(60); });
  end_with([](TcpTraffic& tcp) { tcp.Rst(60); });
  end_with([](TcpTraffic& tcp) { tcp.Flush(); });
  end_with([](TcpTraffic& tcp) {
    tcp.now.ns += 119 * kNanosPerSecond;
    tcp.Expire();
    EXPECT_EQ(tcp.stats().open, 1);
    tcp.now.ns += kNanosPerSecond;
    tcp.Expire();
  });
}

TEST(TcpStreams, AfterTheEndNothingComesTwice) {
  for (const bool reset : {false, true}) {
    SCOPED_TRACE(reset);
    TcpTraffic tcp;
    tcp.Syn();
    tcp.Data(0, kThree);
    reset ? tcp.Rst(kThree.size()) : tcp.Fin(kThree.size());
    EXPECT_EQ(tcp.Data(0, kThree), kDuplicate);
    EXPECT_EQ(tcp.Part(kThree, kSecondAt, 500), kDuplicate);
    EXPECT_EQ(tcp.Fin(0, kThree), kDuplicate);
    EXPECT_EQ(tcp.Syn(), kNoPayload);
    EXPECT_EQ(tcp.Data(0, kThree), kDuplicate);
    EXPECT_EQ(tcp.Data(kThree.size(), kThree), kDropped);
    EXPECT_EQ(tcp.out(), kAll);
    EXPECT_EQ(tcp.stats().streams_opened, 1);
    tcp.Restart(5'000'000);
    tcp.Syn();
    EXPECT_EQ(tcp.Data(0, kThree), kMessage);
  }
}

TEST(TcpStreams, AResetFromElsewhereIsNotBelieved) {
  TcpTraffic tcp;
  tcp.Syn();
  tcp.Part(kThree, 0, 60);
  EXPECT_EQ(tcp.Rst(1 << 30), kNoPayload);
  EXPECT_EQ(tcp.Send(60, kTcpRst, Text("go away")), kDropped);
  EXPECT_EQ(tcp.stats().open, 0);
}

TEST(TcpStreams, SegmentsFromElsewhereAreDroppedUntilTheyPersist) {
  TcpTraffic tcp;
  tcp.Syn();
  tcp.Part(kThree, 0, 60);
  for (const size_t far : {size_t{1} << 20, size_t{1} << 30, ~size_t{0} << 21}) {
    EXPECT_EQ(tcp.Data(far, kThree), kDropped);
  }
  EXPECT_EQ(tcp.Part(kThree, 60, 500), kMessage);  // not persistent
  EXPECT_EQ(tcp.out(), kAll);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(tcp.Data(1 << 30, kThree), kDropped);
  EXPECT_EQ(tcp.Data(1 << 30, kThree), kMessage);
  EXPECT_EQ(tcp.out().size(), 6);
  EXPECT_EQ(tcp.stats().opened_midway, 1);
}

// A mebibyte is as far behind as a retransmission is believed to lie.
TEST(TcpHostile, HowFarBehindAStreamASegmentMayLie) {
  constexpr size_t kReach = 1 << 20;
  const Bytes message = LengthPrefixed(OpaqueMessage(1, 60'000));
  TcpTraffic tcp;
  tcp.Syn();
  size_t at = 0;
  for (; at < kReach + 100; at += message.size()) EXPECT_EQ(tcp.Data(at, message), kMessage);
  EXPECT_EQ(tcp.Data(at - kReach, Fill(10)), kDuplicate);
  EXPECT_EQ(tcp.Data(at - kReach - 1, Fill(10)), kDropped);
}

TEST(TcpStreamTable, StreamsFitIntoTheMemory) {
  for (const size_t bytes : {size_t{1} << 16, size_t{1} << 18, size_t{1} << 20}) {
    const TcpStreamTable table(bytes, 7);
    EXPECT_LE(table.capacity() * sizeof(TcpStream), bytes);
    EXPECT_GE(table.capacity() * sizeof(TcpStream), bytes / 2);
  }
}

}  // namespace
}  // namespace rcodescope
