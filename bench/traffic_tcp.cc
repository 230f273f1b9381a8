#include "bench/traffic_generator.h"
#include "parse/protocol.h"

namespace rcodescope {
namespace {

constexpr int64_t kMicrosecond = 1'000;
constexpr size_t kPrefixSize = 2;  // RFC 1035 §4.2.2
constexpr uint32_t kFewestQueries = 8;
constexpr uint32_t kMostQueries = 24;
constexpr uint32_t kSplitOneIn = 5;
// A response comes later than this behind its query, and a segment of a message sooner.
constexpr uint32_t kLongestPause = 180;  // µs

}  // namespace

// A query on any connection that waits for nothing; on a closed one after its handshake.
void TrafficGenerator::SendTcpRequest() {
  const auto count = static_cast<uint32_t>(connections_.size());
  const uint32_t first = random_.Below(count);
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t index = (first + i) % count;
    switch (connections_[index].state) {
      case Connection::State::kClosed: OpenConnection(index); return;
      case Connection::State::kIdle: SendTcpQuery(index); return;
      case Connection::State::kBusy: break;
    }
  }
  SendNoise();
}

void TrafficGenerator::OpenConnection(uint32_t index) {
  Connection& connection = connections_[index];
  connection.state = Connection::State::kBusy;
  connection.queries_left = kFewestQueries + random_.Below(kMostQueries - kFewestQueries + 1);
  connection.client_next = random_.Bits32();
  connection.server_next = random_.Bits32();
  connection.exchange = NewExchange();
  Emit(NewSegment(connection, true, kFlagSyn, {}));
  EmitAt(now_ + 200 * kMicrosecond, NewSegment(connection, false, kFlagSyn | kFlagAck, {}));
  EmitAt(now_ + 250 * kMicrosecond, NewSegment(connection, true, kFlagAck, {}));
  Schedule(now_ + 300 * kMicrosecond, Action::kTcpQuery, index);
}

void TrafficGenerator::SendTcpQuery(uint32_t index) {
  Connection& connection = connections_[index];
  connection.state = Connection::State::kBusy;
  --connection.queries_left;
  DrawExchange(population_, random_, connection.exchange);
  ByteWriter message{std::span(message_).subspan(kPrefixSize)};
  const MessageFacts facts = WriteQuery(connection.exchange, population_, message);
  SendTcpMessage(connection, true, facts, message.written());
  Schedule(now_ + ResponseTime(), Action::kTcpResponse, index);
}

void TrafficGenerator::SendTcpResponse(uint32_t index) {
  Connection& connection = connections_[index];
  ByteWriter message{std::span(message_).subspan(kPrefixSize)};
  const MessageFacts facts = WriteResponse(connection.exchange, population_, random_, message);
  SendTcpMessage(connection, false, facts, message.written());
  Schedule(now_ + (kLongestPause + 100) * kMicrosecond, Action::kTcpIdle, index);
}

// `payload` stands in message_ behind the place for its prefix.
void TrafficGenerator::SendTcpMessage(Connection& connection, bool upstream,
                                      const MessageFacts& message,
                                      std::span<const std::byte> payload) {
  ByteWriter(message_).U16(static_cast<uint16_t>(payload.size()));
  const auto prefixed = std::span<const std::byte>(message_).first(kPrefixSize + payload.size());
  if (!random_.OneIn(kSplitOneIn)) {
    const uint32_t frame = NewSegment(connection, upstream, kFlagPush | kFlagAck, prefixed);
    frames_[frame]->facts.message = message;
    Emit(frame);
    return;
  }
  // Some servers send the prefix in a segment of its own.
  const size_t cut = random_.OneIn(4)
                         ? kPrefixSize
                         : 1 + random_.Below(static_cast<uint32_t>(prefixed.size() - 1));
  const uint32_t first = NewSegment(connection, upstream, kFlagAck, prefixed.first(cut));
  const uint32_t second =
      NewSegment(connection, upstream, kFlagPush | kFlagAck, prefixed.subspan(cut));
  FrameFacts& begin = frames_[first]->facts;
  FrameFacts& end = frames_[second]->facts;
  begin.kind = end.kind = FrameKind::kTcpSegment;
  begin.begins_message = true;
  end.ends_message = true;
  begin.message = end.message = message;
  Emit(first);
  EmitAt(now_ + (20 + random_.Below(kLongestPause - 20)) * kMicrosecond, second);
}

// Takes the connection's numbers forward.
uint32_t TrafficGenerator::NewSegment(Connection& connection, bool upstream, uint8_t flags,
                                      std::span<const std::byte> payload) {
  const Route route = RouteOf(connection.exchange, upstream);
  uint32_t& own = upstream ? connection.client_next : connection.server_next;
  const uint32_t peer = upstream ? connection.server_next : connection.client_next;
  const TcpNumbers numbers{own, (flags & kFlagAck) != 0 ? peer : 0};
  own += static_cast<uint32_t>(payload.size()) + ((flags & (kFlagSyn | kFlagFin)) != 0 ? 1 : 0);
  const FrameKind kind = payload.empty() ? FrameKind::kTcpControl : FrameKind::kTcpMessage;
  return NewFrame(route, kind, [&](ByteWriter& out) {
    WriteTcpFrame(route, NextIpId(), numbers, flags, payload, out);
  });
}

bool TrafficGenerator::CloseOrRest(uint32_t index) {
  Connection& connection = connections_[index];
  if (connection.queries_left > 0) {
    connection.state = Connection::State::kIdle;
    return false;
  }
  Emit(NewSegment(connection, true, kFlagFin | kFlagAck, {}));
  EmitAt(now_ + 200 * kMicrosecond, NewSegment(connection, false, kFlagFin | kFlagAck, {}));
  EmitAt(now_ + 250 * kMicrosecond, NewSegment(connection, true, kFlagAck, {}));
  Schedule(now_ + 300 * kMicrosecond, Action::kTcpClosed, index);
  return true;
}

}  // namespace rcodescope
