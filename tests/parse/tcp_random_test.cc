// TcpStreams under random, large and hostile traffic.
#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "parse/tcp_streams.h"
#include "tests/parse/tcp_traffic.h"

namespace rcodescope {
namespace {

using enum TcpVerdict;
using Random = std::mt19937;

constexpr uint32_t kInitials[] = {1000, 0xffff'ff00};

size_t Draw(Random& random, size_t least, size_t most) {
  return std::uniform_int_distribution<size_t>(least, most)(random);
}

struct Range {
  size_t from;
  size_t size;
};

// The stream in segments of up to `most` bytes. `apart`: no segment holds bytes of two messages.
std::vector<Range> Segments(Random& random, const std::vector<Bytes>& messages, size_t most,
                            bool apart) {
  std::vector<size_t> ends;
  size_t end = 0;
  for (const Bytes& message : messages) {
    end += 2 + message.size();
    if (apart) ends.push_back(end);
  }
  if (!apart) ends.push_back(end);
  std::vector<Range> segments;
  size_t at = 0;
  for (const size_t stop : ends) {
    while (at < stop) {
      const size_t size = std::min(Draw(random, 1, most), stop - at);
      segments.push_back({at, size});
      at += size;
    }
  }
  return segments;
}

// Each moves back by fewer than `places`.
void Reorder(Random& random, std::vector<Range>& segments, size_t places) {
  std::vector<std::pair<size_t, Range>> keyed;
  for (size_t i = 0; i < segments.size(); ++i) {
    keyed.emplace_back(i + Draw(random, 0, places - 1), segments[i]);
  }
  std::stable_sort(keyed.begin(), keyed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t i = 0; i < segments.size(); ++i) segments[i] = keyed[i].second;
}

// Some again, with bytes of their neighbours.
void Repeat(Random& random, std::vector<Range>& segments, size_t stream) {
  std::vector<Range> repeated;
  for (const Range& segment : segments) {
    repeated.push_back(segment);
    if (Draw(random, 0, 3) != 0) continue;
    const size_t before = std::min(Draw(random, 0, 300), segment.from);
    const size_t size = segment.size + before + Draw(random, 0, 300);
    const size_t from = segment.from - before;
    repeated.push_back({from, std::min(size, stream - from)});
  }
  segments = repeated;
}

std::vector<Bytes> RandomMessages(Random& random) {
  std::vector<Bytes> messages;
  const size_t count = Draw(random, 1, 40);
  for (size_t i = 0; i < count; ++i) {
    const size_t size = Draw(random, 0, 9) == 0 ? Draw(random, 30, 20'000) : Draw(random, 30, 300);
    messages.push_back(OpaqueMessage(static_cast<uint32_t>(i), size));
  }
  return messages;
}

size_t RandomSegmentSize(Random& random) {
  constexpr size_t kSizes[] = {3, 50, 500, 1460, 9000, 65'000};
  return kSizes[Draw(random, 0, std::size(kSizes) - 1)];
}

TEST(TcpRandom, EveryMessageComesOnceAndInOrder) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const auto messages = RandomMessages(random);
    const Bytes stream = TcpStreamOf(messages);
    auto segments = Segments(random, messages, RandomSegmentSize(random), seed % 4 < 2);
    Repeat(random, segments, stream.size());
    // Not so far that a share of the pool would be full.
    Reorder(random, segments, segments[0].size > 1460 ? 2 : 16);
    TcpTraffic tcp(kInitials[seed % 2], size_t{4} << 20);
    tcp.Syn();
    for (const Range& segment : segments) tcp.Part(stream, segment.from, segment.size);
    tcp.Fin(stream.size());
    ASSERT_EQ(tcp.out(), messages);
    ASSERT_EQ(tcp.stats().gaps, 0);
    ASSERT_EQ(tcp.stats().bytes_skipped, 0);
    ASSERT_EQ(tcp.stats().retransmitted_different, 0);
    ASSERT_EQ(tcp.stats().open, 0);
  }
}

TEST(TcpRandom, LossBringsNoWrongMessageAndEveryByteIsAccountedFor) {
  uint64_t given = 0;
  uint64_t resyncs = 0;
  for (uint32_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const auto messages = RandomMessages(random);
    const Bytes stream = TcpStreamOf(messages);
    auto segments = Segments(random, messages, RandomSegmentSize(random), seed % 4 < 2);
    Repeat(random, segments, stream.size());
    Reorder(random, segments, 8);
    const size_t loss = Draw(random, 1, 30);  // in percent
    const size_t seconds = Draw(random, 0, 1);
    TcpTraffic tcp(kInitials[seed % 2]);
    tcp.Syn();
    for (const Range& segment : segments) {
      if (Draw(random, 0, 99) >= loss) tcp.Part(stream, segment.from, segment.size);
      tcp.now.ns += static_cast<int64_t>(seconds) * kNanosPerSecond;
      tcp.Expire();
    }
    tcp.Fin(stream.size());
    tcp.Flush();
    size_t bytes = 0;
    auto next = messages.begin();
    for (const Bytes& message : tcp.out()) {
      next = std::find(next, messages.end(), message);
      ASSERT_NE(next, messages.end()) << "a message that was not sent, or not then";
      ++next;
      bytes += message.size() + 2;
    }
    const TcpStats& stats = tcp.stats();
    ASSERT_EQ(bytes + stats.bytes_skipped, stream.size());
    ASSERT_EQ(stats.messages, tcp.out().size());
    ASSERT_LE(stats.messages + stats.messages_incomplete, messages.size());
    ASSERT_EQ(stats.zero_prefixes + stats.short_messages, 0);
    ASSERT_EQ(stats.open, 0);
    given += stats.messages;
    resyncs += stats.resyncs;
  }
  EXPECT_GT(given, 1000);  // or the test would show little
  EXPECT_GT(resyncs, 100);
}

TEST(TcpRandom, ResultsDoNotDependOnTheSecret) {
  Random random(1);
  std::vector<std::vector<Bytes>> streams;
  for (int i = 0; i < 3000; ++i) streams.push_back({OpaqueMessage(1, 500), OpaqueMessage(2, 500)});
  TcpTraffic one(1000, TcpStreams::kMinBytes, 1);
  TcpTraffic two(1000, TcpStreams::kMinBytes, 2);
  for (int i = 0; i < 20'000; ++i) {
    const Bytes stream = TcpStreamOf(streams[Draw(random, 0, streams.size() - 1)]);
    const auto port = static_cast<uint16_t>(Draw(random, 1, 3000));
    const size_t from = Draw(random, 0, 3) * 251;
    const size_t size = Draw(random, 1, 600);
    one.flow = two.flow = TcpFlowTo(port);
    ASSERT_EQ(one.Part(stream, from, size), two.Part(stream, from, size));
  }
  one.Flush();
  two.Flush();
  EXPECT_EQ(one.out(), two.out());
  EXPECT_GT(one.stats().streams_evicted, 0);
  EXPECT_EQ(one.stats().streams_evicted, two.stats().streams_evicted);
  EXPECT_EQ(one.stats().buffers_evicted, two.stats().buffers_evicted);
}

TEST(TcpLarge, TheLongestMessageInSegmentsOfOneByte) {
  const std::vector<Bytes> messages = {OpaqueMessage(1, 65'535), OpaqueMessage(2, 65'535)};
  const Bytes stream = TcpStreamOf(messages);
  for (const size_t swap : {size_t{0}, size_t{1}}) {
    TcpTraffic tcp(0xffff'0000);
    tcp.Syn();
    for (size_t i = 0; i < stream.size(); ++i) tcp.Part(stream, i ^ swap, 1);
    EXPECT_EQ(tcp.out(), messages);
  }
}

TEST(TcpLarge, TheLongestMessageInSegmentsFromTheLastToTheFirst) {
  const std::vector<Bytes> messages = {OpaqueMessage(1, 65'535)};
  const Bytes stream = TcpStreamOf(messages);
  TcpTraffic tcp;
  tcp.Syn();
  for (size_t i = (stream.size() + 1399) / 1400; i-- > 0;) tcp.Part(stream, i * 1400, 1400);
  EXPECT_EQ(tcp.out(), messages);
}

TEST(TcpLarge, SegmentsLongerThanAnyPacket) {
  std::vector<Bytes> messages;
  for (uint32_t i = 0; i < 400; ++i) messages.push_back(OpaqueMessage(i, 2000));
  const Bytes stream = TcpStreamOf(messages);
  for (const size_t size : {size_t{65'483}, size_t{200'000}, size_t{500'000}}) {
    TcpTraffic tcp;
    tcp.Syn();
    for (size_t at = 0; at < stream.size(); at += size) tcp.Part(stream, at, size);
    EXPECT_EQ(tcp.out(), messages);
  }
}

TEST(TcpLarge, StreamsThatAreUsedStayWhenOthersComeAndGo) {
  const Bytes stream = TcpStreamOf({OpaqueMessage(1, 40'000)});
  TcpTraffic tcp;
  tcp.Syn();
  for (size_t at = 0; at < stream.size(); at += 100) {
    tcp.flow = TcpFlowTo();
    tcp.Part(stream, at, 100);
    for (uint16_t other = 0; other < 50; ++other) {  // each leaves a part and a hole
      tcp.flow = TcpFlowTo(static_cast<uint16_t>(at / 2 + other), 1);
      tcp.Syn();
      tcp.Part(stream, 0, 20);
      tcp.Part(stream, 5000, 20);
    }
  }
  EXPECT_EQ(tcp.out(), std::vector<Bytes>{OpaqueMessage(1, 40'000)});
  EXPECT_GT(tcp.stats().buffers_evicted, 0);
  EXPECT_GT(tcp.stats().streams_evicted, 0);
}

TEST(TcpHostile, AMillionHalfOpenStreams) {
  TcpTraffic tcp;
  for (uint32_t i = 0; i < 1'000'000; ++i) {
    tcp.flow.tap.vni = i;
    tcp.Syn();
  }
  EXPECT_EQ(tcp.stats().open, tcp.streams.stream_capacity());
  EXPECT_EQ(tcp.stats().streams_evicted, 1'000'000 - tcp.streams.stream_capacity());
  tcp.Flush();
  EXPECT_EQ(tcp.stats().open, 0);
}

TEST(TcpHostile, AMillionStreamsWithoutSyn) {
  TcpTraffic tcp;
  const Bytes part = Cut(LengthPrefixed(OpaqueMessage(1, 100)), 20);
  for (uint32_t i = 0; i < 1'000'000; ++i) {
    tcp.flow.tap.vni = i;
    ASSERT_EQ(tcp.Data(0, part), kPart);
  }
  tcp.Flush();
  EXPECT_EQ(tcp.stats().opened_midway, 1'000'000);
  EXPECT_EQ(tcp.stats().messages_incomplete, 1'000'000);
  EXPECT_EQ(tcp.stats().bytes_skipped, 20'000'000 + 82 * tcp.stats().buffers_evicted);
}

TEST(TcpHostile, AnythingAtAnyPlace) {
  Random random(3);
  TcpTraffic tcp(0xffff'8000);
  for (int i = 0; i < 100'000; ++i) {
    tcp.flow = TcpFlowTo(static_cast<uint16_t>(Draw(random, 1, 40)));
    Bytes data = Fill(Draw(random, 0, 1) * Draw(random, 0, 30));
    if (Draw(random, 0, 99) == 0) data = Fill(Draw(random, 0, 20'000));
    for (std::byte& byte : data) byte = std::byte(Draw(random, 0, 2) * Draw(random, 0, 127));
    const size_t captured = Draw(random, 0, 4) == 0 ? Draw(random, 0, data.size()) : data.size();
    const auto flags = static_cast<uint8_t>(Draw(random, 0, 19) == 0 ? Draw(random, 0, 7) : 0);
    const size_t reach = Draw(random, 0, 999) == 0 ? 0xffff'ffff : 70'000;
    tcp.Send(Draw(random, 0, reach), flags, data, captured);
    tcp.now.ns += static_cast<int64_t>(Draw(random, 0, 100'000'000));
    if (Draw(random, 0, 99) == 0) tcp.Expire();
    if (tcp.messages.all.size() > 1000) tcp.messages.all.clear();
  }
  tcp.Flush();
  EXPECT_EQ(tcp.stats().open, 0);
  EXPECT_GT(tcp.stats().messages, 0);
}

}  // namespace
}  // namespace rcodescope
