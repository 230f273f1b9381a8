// What goes into TcpStreams and what comes out: segments, messages, verdicts, counts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "capture/packet.h"
#include "parse/cursor.h"
#include "parse/ip_address.h"
#include "parse/tap.h"

namespace rcodescope {

// Control bits, RFC 9293 §3.1.
inline constexpr uint8_t kTcpFin = 0x01;
inline constexpr uint8_t kTcpSyn = 0x02;
inline constexpr uint8_t kTcpRst = 0x04;

// Octets before each message: its length. RFC 1035 §4.2.2.
inline constexpr uint32_t kTcpLengthPrefix = 2;

// One direction of a TCP connection, as seen at one place.
struct TcpFlow {
  IpAddress source{};
  IpAddress destination{};
  // The same addresses and ports with another tap are another stream. Given back with each message
  // and not looked at otherwise.
  Tap tap;
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
  Family family = Family::kIpv4;
  std::array<uint8_t, 3> unused{};  // so that all bytes of a flow are its value

  bool operator==(const TcpFlow&) const = default;
};
static_assert(sizeof(TcpFlow) == 56);

// One segment as it was captured. `payload` is borrowed; it may be cut off, or, with offload, be
// longer than any packet on the wire.
struct TcpSegment {
  TcpFlow flow;
  uint32_t sequence = 0;
  uint8_t flags = 0;
  Cursor payload{{}, 0};
};

class TcpMessageSink {
 public:
  virtual ~TcpMessageSink() = default;
  // One message without its length prefix, of which at least the 12 bytes of a header were
  // captured; borrowed for the call. `time`: when the stream's latest segment was added, in source
  // time that never goes backwards. `note`: what the sink wants to remember of the stream, 0 when
  // it begins.
  virtual void OnMessage(const TcpFlow& flow, Timestamp time, Cursor message, uint32_t& note) = 0;
};

// What became of a segment.
enum class TcpVerdict : uint8_t {
  kNoPayload,  // nothing but control bits
  kMessage,    // at least one message came out with it
  kPart,       // its bytes wait for others, or are of a message that is passed over
  kDuplicate,  // nothing new: a retransmission or a keepalive
  kDropped,    // far from its stream, or before it is known where a message begins
};

// All but `open` only grow. Every byte of a stream, from where it was opened to its end, is part of
// a message given out, a zero prefix, a short message, or one of `bytes_skipped`. What is passed
// over is counted when that is decided, which may be before it arrives.
struct TcpStats {
  uint64_t streams_opened = 0;
  uint64_t opened_midway = 0;            // of those: without a SYN
  uint64_t messages = 0;                 // given out
  uint64_t messages_incomplete = 0;      // begun, but never whole, or without a captured header
  uint64_t short_messages = 0;           // length prefix 1 to 11: shorter than a header
  uint64_t zero_prefixes = 0;            // length prefix 0
  uint64_t gaps = 0;                     // holes that were given up
  uint64_t resyncs = 0;                  // times the beginning of a message was guessed behind one
  uint64_t bytes_skipped = 0;            // missing, or of no message that was given out
  uint64_t retransmitted_different = 0;  // segments that contradict bytes still held
  uint64_t streams_evicted = 0;          // for want of room for another stream
  uint64_t buffers_evicted = 0;          // for want of room for another stream's bytes
  uint64_t open = 0;                     // streams that are now followed
};

}  // namespace rcodescope
