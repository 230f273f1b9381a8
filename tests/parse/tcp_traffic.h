// One direction of a TCP connection, segment by segment, and what came out.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "parse/tcp_streams.h"
#include "tests/support/wire.h"

namespace rcodescope {

// Keeps the messages that were given out.
class TcpMessages : public TcpMessageSink {
 public:
  struct Message {
    TcpFlow flow;
    Timestamp time;
    Bytes captured;
    size_t wire;
  };
  void OnMessage(const TcpFlow& flow, Timestamp time, Cursor message, uint32_t& note) override;

  // Their captured bytes.
  std::vector<Bytes> bytes() const;

  std::vector<Message> all;
};

// The flow of a connection from port 53 to `port`.
TcpFlow TcpFlowTo(uint16_t port = 40'000, uint32_t tap = 0);

// A server's half of a connection. Offsets count from the first byte of the stream.
class TcpTraffic {
 public:
  static constexpr uint32_t kInitial = 1000;

  explicit TcpTraffic(uint32_t initial = kInitial, size_t bytes = TcpStreams::kMinBytes,
                      uint64_t secret = 7)
      : streams(bytes, secret), initial_(initial) {}

  TcpVerdict Syn(const Bytes& data = {});
  TcpVerdict Fin(size_t offset, const Bytes& data = {});
  TcpVerdict Rst(size_t offset);
  // `captured`: fewer bytes than there are.
  TcpVerdict Data(size_t offset, const Bytes& data, std::optional<size_t> captured = {});
  // The part of `stream` in [from, from + size), at its place.
  TcpVerdict Part(const Bytes& stream, size_t from, size_t size);
  TcpVerdict Send(size_t offset, uint8_t flags, const Bytes& data,
                  std::optional<size_t> captured = {});

  void Expire() { streams.Expire(now, messages); }
  void Flush() { streams.Flush(messages); }
  const TcpStats& stats() const { return streams.stats(); }
  std::vector<Bytes> out() const { return messages.bytes(); }
  // The next segments are of another connection.
  void Restart(uint32_t initial) { initial_ = initial; }

  TcpStreams streams;
  TcpMessages messages;
  TcpFlow flow = TcpFlowTo();
  Timestamp now{1'700'000'000 * kNanosPerSecond};

 private:
  uint32_t initial_;
};

// The `number`th of many messages: a response of `size` ≥ 30 bytes within which, at no place but
// its start, a message could seem to begin.
Bytes OpaqueMessage(uint32_t number, size_t size);
// Behind their lengths, one after the other.
Bytes TcpStreamOf(const std::vector<Bytes>& messages);

}  // namespace rcodescope
