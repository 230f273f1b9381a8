// One TCP stream's segments put in order and cut into messages; the half of TcpStreams that knows
// bytes but not connections.
#pragma once

#include <cstddef>
#include <cstdint>

#include "capture/packet.h"
#include "parse/cursor.h"
#include "parse/tcp_buffer.h"
#include "parse/tcp_segment.h"
#include "parse/tcp_stream_table.h"

namespace rcodescope {

// See TcpStreams for the rules. Not thread-safe. No allocation after construction.
class TcpReassembly {
 public:
  // Uses about `bytes` > 700,000 for bytes that wait. `secret`: the process's hash key. `stats` is
  // borrowed.
  TcpReassembly(size_t bytes, uint64_t secret, TcpStats& stats);

  // False when the system refused the memory.
  bool usable() const { return buffer_.usable(); }

  // Bytes from the message under way to the last one that may wait: a stream's share of the pool.
  uint32_t window() const { return window_; }

  // Takes a payload, not empty, whose first byte has the number `sequence`. The stream is not
  // closed, or the payload has nothing new. To be followed by Settle.
  TcpVerdict Take(TcpStream& stream, uint32_t sequence, Cursor payload, TcpMessageSink& sink);
  // Ends the stream if its FIN has been reached, and notes what it holds.
  void Settle(TcpStream& stream, TcpMessageSink& sink);

  // Closes a stream: what waits is given out as far as possible, and nothing is held any more.
  void End(TcpStream& stream, TcpMessageSink& sink);

  // Gives up the holes that are `age` ns old at `now`.
  void GiveUpOldHoles(Timestamp now, int64_t age, TcpMessageSink& sink);
  // The same of one stream; whether it had one that is.
  bool GiveUpIfOld(TcpStream& stream, Timestamp now, int64_t age, TcpMessageSink& sink);

 private:
  TcpVerdict TakeOld(TcpStream& stream, uint32_t sequence, Cursor payload);
  TcpVerdict TakeNext(TcpStream& stream, uint32_t sequence, Cursor payload, TcpMessageSink& sink);
  TcpVerdict TakeEarly(TcpStream& stream, uint32_t sequence, Cursor payload, TcpMessageSink& sink);
  Cursor TakeWholeMessages(TcpStream& stream, Cursor payload, TcpMessageSink& sink);
  void CompareOld(TcpStream& stream, uint32_t sequence, Cursor payload);
  size_t Store(TcpStream& stream, uint32_t sequence, Cursor bytes, bool begins,
               TcpMessageSink& sink);
  void MakeRoom(const TcpStream& stream, size_t bytes, TcpMessageSink& sink);
  void Rank(TcpStream& stream);

  void GiveOutHeld(TcpStream& stream, TcpMessageSink& sink);
  bool GiveOutNext(TcpStream& stream, TcpMessageSink& sink);
  void GiveOut(TcpStream& stream, Cursor message, TcpMessageSink& sink);
  void CountShort(size_t length);

  void GiveUpHole(TcpStream& stream, uint32_t resume, TcpMessageSink& sink);
  void GiveUpHoles(TcpStream& stream, TcpMessageSink& sink);
  void LeaveMessage(TcpStream& stream, uint32_t resume);
  void Resynchronise(TcpStream& stream, uint32_t from);
  bool BeginsHere(TcpStream& stream, uint32_t sequence, Cursor payload);
  void Skip(TcpStream& stream, uint32_t to);
  void Advance(TcpStream& stream, uint32_t to);

  TcpBuffer buffer_;
  uint32_t window_;
  TcpStreamList<&TcpStream::by_holding> with_part_;  // by the latest byte held
  TcpStreamList<&TcpStream::by_holding> with_hole_;  // by the age of the hole
  TcpStats& stats_;
};

// Whether `time` lies `age` ns or more before `now`, which is not earlier.
inline bool IsOlderThan(Timestamp time, int64_t age, Timestamp now) {
  return static_cast<uint64_t>(now.ns) - static_cast<uint64_t>(time.ns) >=
         static_cast<uint64_t>(age);
}

}  // namespace rcodescope
