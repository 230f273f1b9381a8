// What TcpStreams makes of bytes that the capture does not have.
#include <algorithm>

#include <gtest/gtest.h>

#include "parse/tcp_streams.h"
#include "tests/parse/tcp_traffic.h"

namespace rcodescope {
namespace {

using enum TcpVerdict;

// Messages of 100 bytes with their lengths, one after the other.
constexpr size_t kEach = 102;
std::vector<Bytes> Messages(uint32_t count) {
  std::vector<Bytes> messages;
  for (uint32_t i = 0; i < count; ++i) messages.push_back(OpaqueMessage(i, kEach - 2));
  return messages;
}
const std::vector<Bytes> kMessages = Messages(200);
const Bytes kStream = TcpStreamOf(kMessages);

// Those of kMessages that came out, by number.
std::vector<size_t> Numbers(const TcpTraffic& tcp) {
  std::vector<size_t> numbers;
  for (const Bytes& message : tcp.out()) {
    const auto found = std::find(kMessages.begin(), kMessages.end(), message);
    numbers.push_back(static_cast<size_t>(found - kMessages.begin()));
  }
  return numbers;
}

TEST(TcpLoss, AHoleIsGivenUpAfter64Segments) {
  TcpTraffic tcp;
  tcp.Syn();
  tcp.Part(kStream, 0, kEach);
  for (size_t i = 2; i < 66; ++i) EXPECT_EQ(tcp.Part(kStream, i * kEach, kEach), kPart);
  EXPECT_EQ(tcp.Part(kStream, 66 * kEach, kEach), kMessage);
  EXPECT_EQ(tcp.Part(kStream, 67 * kEach, kEach), kMessage);
  EXPECT_EQ(tcp.out().size(), 67);
  EXPECT_EQ(tcp.stats().gaps, 1);
  EXPECT_EQ(tcp.stats().resyncs, 1);
  EXPECT_EQ(tcp.stats().bytes_skipped, kEach);
  EXPECT_EQ(tcp.stats().messages_incomplete, 0);
}

// Whenever Expire is called: reports do not depend on how often that is.
TEST(TcpLoss, WhatFillsAHoleTooLateIsOld) {
  TcpTraffic tcp;
  tcp.Syn();
  tcp.Part(kStream, kEach, kEach);
  tcp.now.ns += 5 * kNanosPerSecond - 1;
  tcp.Part(kStream, 2 * kEach, kEach);
  EXPECT_EQ(tcp.out().size(), 0);
  tcp.now.ns += 1;
  EXPECT_EQ(tcp.Part(kStream, 0, kEach), TcpVerdict::kMessage) << "those behind the hole";
  EXPECT_EQ(Numbers(tcp), (std::vector<size_t>{1, 2}));
  tcp.now.ns += 120 * kNanosPerSecond;
  tcp.Part(kStream, 3 * kEach, kEach);
  EXPECT_EQ(tcp.stats().streams_opened, 2) << "idle for too long";
}

TEST(TcpLoss, AHoleIsGivenUpAfterFiveSeconds) {
  TcpTraffic tcp;
  tcp.Syn();
  tcp.Part(kStream, kEach, kEach);
  tcp.now.ns += 4 * kNanosPerSecond;
  tcp.Part(kStream, 2 * kEach, kEach);
  tcp.Expire();
  EXPECT_EQ(tcp.out().size(), 0);
  tcp.now.ns += kNanosPerSecond;
  tcp.Expire();
  EXPECT_EQ(Numbers(tcp), (std::vector<size_t>{1, 2}));
  EXPECT_EQ(tcp.messages.all[0].flow, tcp.flow);
  EXPECT_EQ(tcp.messages.all[0].time.ns, tcp.now.ns - kNanosPerSecond);
}

TEST(TcpLoss, AHoleIsGivenUpWhenTheShareOfThePoolIsFull) {
  const Bytes big = OpaqueMessage(9, 1400);
  const Bytes segment = Join(LengthPrefixed(big), LengthPrefixed(big));
  TcpTraffic tcp;
  tcp.Syn();
  size_t at = 100;
  while (tcp.Data(at, segment) == kPart) at += segment.size();
  EXPECT_GT(at, 64 << 10);
  EXPECT_LT(at, 128 << 10);
  EXPECT_EQ(tcp.out().size(), (at - 100) / 1402 + 2);
}

// However large the pool is.
TEST(TcpLoss, AStreamHolds128KiBAtMost) {
  constexpr size_t kMost = 128 << 10;
  const auto verdict_for_end_at = [](size_t end) {
    TcpTraffic tcp(TcpTraffic::kInitial, 64 << 20);
    tcp.Syn();
    return tcp.Data(end - kEach, LengthPrefixed(kMessages[0]));
  };
  EXPECT_EQ(verdict_for_end_at(kMost), kPart);  // waits for what comes before it
  EXPECT_EQ(verdict_for_end_at(kMost + 1), kMessage);
}

TEST(TcpLoss, AHoleIsGivenUpAtTheEnd) {
  const auto end_with = [](auto end) {
    TcpTraffic tcp;
    tcp.Syn();
    tcp.Part(kStream, 0, kEach + 10);
    tcp.Part(kStream, 2 * kEach, 3 * kEach);
    end(tcp);
    EXPECT_EQ(Numbers(tcp), (std::vector<size_t>{0, 2, 3, 4}));
    EXPECT_EQ(tcp.stats().open, 0);
    EXPECT_EQ(tcp.stats().gaps, 1);
    EXPECT_EQ(tcp.stats().resyncs, 0);  // the message under way told where the next begins
    EXPECT_EQ(tcp.stats().messages_incomplete, 1);
    EXPECT_EQ(tcp.stats().bytes_skipped, kEach);
  };
  end_with([](TcpTraffic& tcp) { tcp.Flush(); });
  end_with([](TcpTraffic& tcp) { EXPECT_EQ(tcp.Rst(5 * kEach), kMessage); });
  end_with([](TcpTraffic& tcp) {
    EXPECT_EQ(tcp.Fin(5 * kEach), kNoPayload);
    EXPECT_EQ(tcp.out().size(), 1);  // a FIN may come early: the hole may yet be filled
    tcp.now.ns += 5 * kNanosPerSecond;
    tcp.Expire();
  });
}

TEST(TcpLoss, WithinAMessageTheNextOneIsKnown) {
  TcpTraffic tcp;
  tcp.Syn();
  // Of message 0 bytes 20 to 40 are lost; no segment begins with a message.
  tcp.Part(kStream, 0, 20);
  EXPECT_EQ(tcp.Part(kStream, 40, 30), kPart);
  tcp.now.ns += 5 * kNanosPerSecond;
  tcp.Expire();
  EXPECT_EQ(tcp.Part(kStream, 70, 20), kPart);  // of no use, but no duplicate
  EXPECT_EQ(tcp.Part(kStream, 70, 20), kDuplicate);
  EXPECT_EQ(tcp.Part(kStream, 90, 30), kPart);
  EXPECT_EQ(tcp.Part(kStream, 120, 500), kMessage);
  EXPECT_EQ(Numbers(tcp), (std::vector<size_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(tcp.stats().resyncs, 0);
  EXPECT_EQ(tcp.stats().bytes_skipped, kEach);
}

TEST(TcpLoss, ElseTheFirstSegmentThatSeemsToBeginAMessage) {
  TcpTraffic tcp;
  tcp.Syn();
  tcp.Part(kStream, 0, kEach + 1);
  tcp.Part(kStream, 2 * kEach - 30, 60);     // within messages 1 and 2
  tcp.Part(kStream, 2 * kEach + 30, kEach);  // within messages 2 and 3
  tcp.Part(kStream, 4 * kEach, 2 * kEach);   // begins with message 4, behind another hole
  tcp.Flush();
  EXPECT_EQ(Numbers(tcp), (std::vector<size_t>{0, 4, 5}));
  EXPECT_EQ(tcp.stats().messages_incomplete, 1);
  EXPECT_EQ(tcp.stats().resyncs, 1);
  EXPECT_EQ(tcp.stats().bytes_skipped, 3 * kEach);
}

// A segment that begins one byte before what looks like a message is not where one begins.
TEST(TcpLoss, OnlyWhereASegmentBegins) {
  const Bytes off_by_one = Join(Bytes{std::byte{0x55}}, LengthPrefixed(OpaqueMessage(1, 100)));
  TcpTraffic tcp;
  tcp.Syn();
  tcp.Data(200, off_by_one);
  tcp.Data(200 + off_by_one.size(), LengthPrefixed(OpaqueMessage(2, 100)));
  tcp.Flush();
  EXPECT_EQ(tcp.out(), std::vector<Bytes>{OpaqueMessage(2, 100)});
}

// Nor where one goes on in another block of the buffer, which stand at multiples of 1,024.
TEST(TcpLoss, NotInTheMiddleOfASegment) {
  constexpr size_t kBegin = 200;
  constexpr size_t kBlock = 2048 - TcpTraffic::kInitial - 1;  // offset of the first byte of one
  const Bytes segment =
      Join(Fill(kBlock - kBegin, 0x55), LengthPrefixed(OpaqueMessage(1, 100)), Fill(50, 0x55));
  TcpTraffic tcp;
  tcp.Syn();
  tcp.Data(kBegin, segment);
  tcp.Data(kBegin + segment.size(), LengthPrefixed(OpaqueMessage(2, 100)));
  tcp.Flush();
  EXPECT_EQ(tcp.out(), std::vector<Bytes>{OpaqueMessage(2, 100)});
}

// Behind a SYN it is certain where messages begin, however unlikely they look: all of them.
TEST(TcpLoss, WithoutAnyEveryMessageCounts) {
  const Bytes odd = WithU16(OpaqueMessage(1, 40), 2, 0xffff);
  TcpTraffic tcp;
  tcp.Syn();
  const Bytes stream = TcpStreamOf({odd, odd, odd});
  for (size_t at = 0; at < stream.size(); at += 7) tcp.Part(stream, at, 7);
  EXPECT_EQ(tcp.out(), (std::vector<Bytes>{odd, odd, odd}));
}

TEST(TcpLoss, SearchingGoesOnWithLaterSegments) {
  TcpTraffic tcp;
  tcp.Syn();
  tcp.Part(kStream, 50, 10);
  tcp.now.ns += 5 * kNanosPerSecond;
  tcp.Expire();
  EXPECT_EQ(tcp.Part(kStream, 60, 60), kDropped);
  EXPECT_EQ(tcp.Part(kStream, 60, 60), kDuplicate);
  EXPECT_EQ(tcp.Part(kStream, 100, 60), kDropped);
  EXPECT_EQ(tcp.Part(kStream, 2 * kEach, kEach), kMessage);
  EXPECT_EQ(Numbers(tcp), std::vector<size_t>{2});
  EXPECT_EQ(tcp.stats().bytes_skipped, 2 * kEach);
  EXPECT_EQ(tcp.stats().resyncs, 1);
}

TEST(TcpLoss, TheLastSegmentBeforeTheFinCountsAsMissing) {
  TcpTraffic tcp;
  tcp.Syn();
  tcp.Part(kStream, 0, kEach);
  tcp.Fin(3 * kEach);
  tcp.Flush();
  EXPECT_EQ(tcp.stats().gaps, 1);
  EXPECT_EQ(tcp.stats().bytes_skipped, 2 * kEach);
}

TEST(TcpSnapLength, AMessageIsGivenOutAsFarAsItWasCaptured) {
  for (const size_t captured : {size_t{14}, size_t{15}, size_t{60}, kEach - 1}) {
    SCOPED_TRACE(captured);
    TcpTraffic tcp;
    tcp.Syn();
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(tcp.Data(i * kEach, LengthPrefixed(kMessages[i]), captured), kMessage);
      EXPECT_EQ(tcp.messages.all[i].captured, Cut(kMessages[i], captured - 2));
      EXPECT_EQ(tcp.messages.all[i].wire, kEach - 2);
    }
    EXPECT_EQ(tcp.stats().gaps, 0);
  }
}

TEST(TcpSnapLength, WithoutAHeaderThereIsNoMessage) {
  for (const size_t captured : {size_t{2}, size_t{13}}) {
    TcpTraffic tcp;
    tcp.Syn();
    EXPECT_EQ(tcp.Data(0, LengthPrefixed(kMessages[0]), captured), kPart);
    EXPECT_EQ(tcp.Part(kStream, kEach, kEach), kMessage);
    EXPECT_EQ(Numbers(tcp), std::vector<size_t>{1});
    EXPECT_EQ(tcp.stats().messages_incomplete, 1);
    EXPECT_EQ(tcp.stats().bytes_skipped, kEach);
  }
}

TEST(TcpSnapLength, AMessageOfSeveralSegmentsWaitsForAllOfThem) {
  const Bytes big = OpaqueMessage(7, 3000);
  const Bytes stream = TcpStreamOf({big, kMessages[0]});
  const auto segment = [&](size_t at, size_t size) {
    return Bytes(stream.begin() + static_cast<std::ptrdiff_t>(at),
                 stream.begin() + static_cast<std::ptrdiff_t>(at + size));
  };
  TcpTraffic tcp;
  tcp.Syn();
  EXPECT_EQ(tcp.Data(0, segment(0, 1400), 96), kPart);
  EXPECT_EQ(tcp.Data(1400, segment(1400, 1400), 96), kPart);
  EXPECT_EQ(tcp.Data(2800, segment(2800, 202)), kMessage);
  EXPECT_EQ(tcp.Data(3002, segment(3002, kEach), 20), kMessage);
  ASSERT_EQ(tcp.out().size(), 2);
  EXPECT_EQ(tcp.messages.all[0].captured, Cut(big, 94));
  EXPECT_EQ(tcp.messages.all[0].wire, 3000);
}

TEST(TcpSnapLength, TheCutMayTakeTheLastByteOfSeveralSegments) {
  TcpTraffic tcp;
  tcp.Syn();
  tcp.Part(kStream, 0, 50);
  EXPECT_EQ(tcp.Data(50, Bytes(kStream.begin() + 50, kStream.begin() + kEach), kEach - 50 - 1),
            kMessage);
  ASSERT_EQ(tcp.out().size(), 1);
  EXPECT_EQ(tcp.messages.all[0].captured, Cut(kMessages[0], kEach - 2 - 1));
  EXPECT_EQ(tcp.messages.all[0].wire, kEach - 2);
}

// Wherever in the buffer it ends.
TEST(TcpSnapLength, TheCutMayTakeAnyBytesOfTheLastSegment) {
  constexpr size_t kBegin = 20;
  for (size_t captured = 0; captured <= kEach - kBegin; ++captured) {
    SCOPED_TRACE(captured);
    TcpTraffic tcp;
    tcp.Syn();
    tcp.Part(kStream, 0, kBegin);
    tcp.Data(kBegin, Bytes(kStream.begin() + kBegin, kStream.begin() + kEach), captured);
    ASSERT_EQ(tcp.out().size(), 1);
    EXPECT_EQ(tcp.messages.all[0].captured, Cut(kMessages[0], kBegin + captured - 2));
    EXPECT_EQ(tcp.messages.all[0].wire, kEach - 2);
  }
}

// What seems to begin a message, but of which the header is not there, is passed over.
TEST(TcpSnapLength, AGuessIsNotMadeTwice) {
  for (const size_t captured : {size_t{2}, size_t{13}}) {
    SCOPED_TRACE(captured);
    TcpTraffic tcp;
    tcp.Syn();
    tcp.Data(kEach, LengthPrefixed(kMessages[1]), captured);  // behind a hole
    tcp.Part(kStream, 2 * kEach, kEach);
    tcp.Flush();
    EXPECT_EQ(tcp.out(), std::vector<Bytes>{kMessages[2]});
  }
}

TEST(TcpSnapLength, ALengthBehindTheCutMeansSearching) {
  TcpTraffic tcp;
  tcp.Syn();
  EXPECT_EQ(tcp.Data(0, Cut(kStream, 2 * kEach), 50), kMessage);
  EXPECT_EQ(tcp.Part(kStream, 2 * kEach, 2 * kEach), kMessage);
  EXPECT_EQ(tcp.out().size(), 3);
  EXPECT_EQ(tcp.stats().gaps, 1);
  EXPECT_EQ(tcp.stats().resyncs, 1);
  EXPECT_EQ(tcp.stats().bytes_skipped, kEach);
}

TEST(TcpSnapLength, WhatWaitsBehindSuchALengthComesOutAtOnce) {
  TcpTraffic tcp;
  tcp.Syn();
  const Bytes two(kStream.begin() + kEach, kStream.begin() + 3 * kEach);
  EXPECT_EQ(tcp.Data(kEach, two, 50), kPart);  // the length of message 2 was cut off
  EXPECT_EQ(tcp.Part(kStream, 3 * kEach, kEach), kPart);
  EXPECT_EQ(tcp.Part(kStream, 0, kEach), kMessage);
  EXPECT_EQ(tcp.out(), (std::vector<Bytes>{kMessages[0], Cut(kMessages[1], 48), kMessages[3]}));
  EXPECT_EQ(tcp.stats().bytes_skipped, kEach);
}

}  // namespace
}  // namespace rcodescope
