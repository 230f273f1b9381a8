// DNS messages out of TCP segments, in whichever order and pieces those come.
#pragma once

#include <cstddef>
#include <cstdint>

#include "capture/packet.h"
#include "parse/tcp_reassembly.h"
#include "parse/tcp_segment.h"
#include "parse/tcp_stream_table.h"

namespace rcodescope {

// Follows each direction of each connection (RFC 9293) and gives out the messages in it, each
// behind two bytes of length (RFC 1035 §4.2.2, RFC 7766 §8), in stream order.
//
// - Segments in order give their messages straight from the packet. What is incomplete or early
//   waits in a shared pool. Where segments overlap, the first bytes count.
// - A stream whose SYN was not seen begins with the first segment that whole messages fill exactly,
//   or that looks like the beginning of one. That guess holds once the header behind it was seen
//   and is likely, too.
// - A hole is given up when 64 segments arrived behind it, 5 s passed, the stream's share of the
//   pool is full, or the stream ends otherwise than by FIN. If it lies within one message, the next
//   one is known; else the stream goes on with the first segment that looks like a beginning.
// - Bytes that a snap length cut off are never waited for. A message is given out with the bytes
//   before them, once all others have arrived.
// - A stream ends with its FIN, a RST, another SYN, 120 s without a segment, or when its place is
//   needed. After FIN and RST the end is remembered for as long as the stream would have been, so
//   that late retransmissions bring no message twice.
// - Segments far from their stream in sequence space are dropped, until the fourth in a row shows
//   that another connection has taken its place.
//
// The work for a segment grows with its bytes; for one that makes a hole be given up, also with
// what the stream may hold, at most 128 KiB. Results do not depend on the secret. Time is source
// time. Not thread-safe; the sink must not call back. No allocation after construction, no
// exceptions.
class TcpStreams {
 public:
  static constexpr size_t kMinBytes = size_t{1} << 20;

  // Uses about `bytes`, and no less than kMinBytes: a quarter for streams, the rest for bytes that
  // wait. `secret`: the process's hash key.
  TcpStreams(size_t bytes, uint64_t secret);
  TcpStreams(const TcpStreams&) = delete;
  TcpStreams& operator=(const TcpStreams&) = delete;

  // Messages of other streams may come out, too, when they lose their place.
  TcpVerdict Add(const TcpSegment& segment, Timestamp time, TcpMessageSink& sink);

  // Gives up old holes and ends idle streams. To be called now and then; of a stream whose segments
  // go on, the times are kept without.
  void Expire(Timestamp now, TcpMessageSink& sink);
  // The end of input: all streams end, and none is left.
  void Flush(TcpMessageSink& sink);

  // False when the system refused the memory; then nothing else may be called.
  bool usable() const { return table_.usable() && reassembly_.usable(); }

  const TcpStats& stats() const { return stats_; }
  size_t stream_capacity() const { return table_.capacity(); }

 private:
  TcpVerdict AddSegment(const TcpSegment& segment, TcpMessageSink& sink);
  TcpStream* FindAsOfNow(const TcpFlow& flow, TcpMessageSink& sink);
  TcpVerdict AddReset(TcpStream* stream, const TcpSegment& segment, TcpMessageSink& sink);
  TcpStream& OpenWithSyn(TcpStream* stream, const TcpSegment& segment, TcpMessageSink& sink);
  TcpStream* OpenMidway(TcpStream* stream, const TcpSegment& segment, TcpMessageSink& sink);
  TcpStream& Open(TcpStream* stream, const TcpFlow& flow, uint32_t start, TcpMessageSink& sink);
  bool IsNear(const TcpStream& stream, uint32_t sequence, uint32_t end) const;

  void Remove(TcpStream& stream, TcpMessageSink& sink);

  TcpStats stats_;
  TcpStreamTable table_;
  TcpReassembly reassembly_;
  Timestamp clock_{kNoTime};
};

}  // namespace rcodescope
