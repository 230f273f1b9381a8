#include "parse/tcp_reassembly.h"

#include <algorithm>

#include "capture/bytes.h"
#include "parse/protocol.h"
#include "parse/tcp_beginning.h"

namespace rcodescope {
namespace {

constexpr uint32_t kPrefix = kTcpLengthPrefix;
constexpr uint32_t kPrefixAndHeader = kPrefix + kDnsHeaderSize;

// A stream's share of the pool: an eighth, but room for the longest message, and not without end.
constexpr size_t kLeastWindow = size_t{68} * 1024;
constexpr size_t kLargestWindow = size_t{128} * 1024;
constexpr size_t kShares = 8;

// Reordering is a matter of a few segments.
constexpr uint16_t kMostBehindHole = 64;

uint32_t SizeOf(Cursor bytes) { return static_cast<uint32_t>(bytes.wire()); }

// Where the message under way ends; its length must be known.
uint32_t MessageEnd(const TcpProgress& at) { return at.start + kPrefix + at.length; }

// Part of a message is there. A mere guess is no message.
bool HasBegun(const TcpProgress& at) { return at.next != at.start && !at.unproven; }

// Bytes from `start` that must have arrived before anything can be done.
uint32_t Needed(const TcpProgress& at) {
  if (at.length == 0) return kPrefix;
  return at.unproven ? kPrefixAndHeader : kPrefix + at.length;
}

}  // namespace

TcpReassembly::TcpReassembly(size_t bytes, uint64_t secret, TcpStats& stats)
    : buffer_(bytes, secret),
      window_(static_cast<uint32_t>(
          std::clamp(buffer_.capacity() / kShares, kLeastWindow, kLargestWindow))),
      stats_(stats) {}

TcpVerdict TcpReassembly::Take(TcpStream& stream, uint32_t sequence, Cursor payload,
                               TcpMessageSink& sink) {
  const TcpProgress& at = stream.at;
  const uint32_t end = sequence + SizeOf(payload);
  while (true) {
    if (Ahead(end, at.next) <= 0) return TakeOld(stream, sequence, payload);
    if (at.state == TcpState::kSearching && !BeginsHere(stream, sequence, payload)) {
      return TcpVerdict::kDropped;
    }
    if (Ahead(sequence, at.next) <= 0) return TakeNext(stream, sequence, payload, sink);
    if (end - at.start <= window_) return TakeEarly(stream, sequence, payload, sink);
    GiveUpHole(stream, sequence, sink);
  }
}

TcpVerdict TcpReassembly::TakeOld(TcpStream& stream, uint32_t sequence, Cursor payload) {
  TcpProgress& at = stream.at;
  const uint32_t end = sequence + SizeOf(payload);
  const bool is_keepalive = payload.wire() == 1 && end == at.next;  // RFC 9293 §3.8.4
  if (!is_keepalive) CompareOld(stream, sequence, payload);
  if (Ahead(end, at.end) <= 0) return TcpVerdict::kDuplicate;
  at.end = end;  // the rest of something that is passed over
  return TcpVerdict::kPart;
}

// The bytes that the stream has been waiting for, perhaps behind some that it already has.
TcpVerdict TcpReassembly::TakeNext(TcpStream& stream, uint32_t sequence, Cursor payload,
                                   TcpMessageSink& sink) {
  TcpProgress& at = stream.at;
  const uint32_t end = sequence + SizeOf(payload);
  bool begins = sequence == at.next;
  if (!begins) {
    CompareOld(stream, sequence, payload);
    payload = Behind(payload, at.next - sequence);
  }
  while (true) {
    if (stream.held.blocks == 0) {
      const size_t before = payload.wire();
      payload = TakeWholeMessages(stream, payload, sink);
      begins = begins && payload.wire() == before;
    }
    if (payload.wire() == 0) return TcpVerdict::kPart;
    Cursor piece = payload;
    piece.Limit((stream.waiting() ? window_ : Needed(at)) - (at.next - at.start));
    Store(stream, at.next, piece, begins, sink);
    begins = false;
    GiveOutHeld(stream, sink);
    if (at.state == TcpState::kSearching) {
      if (Ahead(end, at.next) > 0) Skip(stream, end);
      at.end = at.next;
      return TcpVerdict::kDropped;
    }
    if (Ahead(end, at.next) <= 0) return TcpVerdict::kPart;
    payload = Behind(payload, payload.wire() - (end - at.next));
  }
}

// Bytes behind a hole.
TcpVerdict TcpReassembly::TakeEarly(TcpStream& stream, uint32_t sequence, Cursor payload,
                                    TcpMessageSink& sink) {
  if (Store(stream, sequence, payload, true, sink) == 0) return TcpVerdict::kDuplicate;
  Rank(stream);
  if (++stream.at.behind_hole > kMostBehindHole) GiveUpHole(stream, sequence, sink);
  return TcpVerdict::kPart;
}

// Without copying; gives back what is left. Nothing is held.
Cursor TcpReassembly::TakeWholeMessages(TcpStream& stream, Cursor payload, TcpMessageSink& sink) {
  TcpProgress& at = stream.at;
  const uint32_t end = at.next + SizeOf(payload);
  while (const std::byte* const prefix = payload.Peek(kPrefix)) {
    const uint32_t length = Be16(prefix);
    if (payload.wire() < kPrefix + length) break;
    if (at.unproven && !LikelyBeginsMessage(payload.captured())) break;
    Cursor message = Behind(payload, kPrefix);
    message.Limit(length);
    if (length < kDnsHeaderSize) {
      CountShort(length);
    } else {
      GiveOut(stream, message, sink);
    }
    payload = Behind(payload, kPrefix + length);
    at.unproven = false;
  }
  at.start = at.next = end - SizeOf(payload);
  if (Ahead(at.next, at.end) > 0) at.end = at.next;
  return payload;
}

// Compares what is still held of the bytes before `next`.
void TcpReassembly::CompareOld(TcpStream& stream, uint32_t sequence, Cursor payload) {
  const TcpProgress& at = stream.at;
  const uint32_t end = sequence + SizeOf(payload);
  if (stream.held.blocks == 0 || Ahead(end, at.start) <= 0) return;
  if (Ahead(at.start, sequence) > 0) {
    payload = Behind(payload, at.start - sequence);
    sequence = at.start;
  }
  payload.Limit(at.next - sequence);
  const auto stored = buffer_.Store(stream.held, sequence, payload, false);
  if (stored.different) ++stats_.retransmitted_different;
}

// How many of the bytes are new.
size_t TcpReassembly::Store(TcpStream& stream, uint32_t sequence, Cursor bytes, bool begins,
                            TcpMessageSink& sink) {
  MakeRoom(stream, bytes.wire(), sink);
  const auto stored = buffer_.Store(stream.held, sequence, bytes, begins);
  if (stored.different) ++stats_.retransmitted_different;
  TcpProgress& at = stream.at;
  const uint32_t end = sequence + SizeOf(bytes);
  if (Ahead(end, at.end) > 0) at.end = end;
  if (sequence == at.next) at.next = buffer_.NextMissing(stream.held, end, at.end);
  return stored.fresh;
}

void TcpReassembly::GiveOutHeld(TcpStream& stream, TcpMessageSink& sink) {
  while (stream.at.state == TcpState::kInStep && GiveOutNext(stream, sink)) {
  }
}

// One step onwards in what is held. False when that takes bytes which have not arrived.
bool TcpReassembly::GiveOutNext(TcpStream& stream, TcpMessageSink& sink) {
  TcpProgress& at = stream.at;
  const uint32_t arrived = at.next - at.start;
  if (arrived < Needed(at)) return false;
  if (at.length == 0) {
    const Cursor prefix = buffer_.Read(stream.held, at.start, kPrefix);
    if (prefix.captured().size() < kPrefix) {
      ++stats_.gaps;
      Resynchronise(stream, at.start + 1);
      return true;
    }
    const uint16_t length = Be16(prefix.captured().data());
    if (length >= kDnsHeaderSize) {
      at.length = length;
    } else {
      CountShort(length);
      Advance(stream, at.start + kPrefix + length);
    }
  } else if (at.unproven) {
    at.unproven = false;
    if (!LikelyBeginsMessage(buffer_.Read(stream.held, at.start, kPrefixAndHeader).captured())) {
      Resynchronise(stream, at.start + 1);
    }
  } else {
    GiveOut(stream, buffer_.Read(stream.held, at.start + kPrefix, at.length), sink);
    Advance(stream, MessageEnd(at));
  }
  return true;
}

void TcpReassembly::GiveOut(TcpStream& stream, Cursor message, TcpMessageSink& sink) {
  if (message.captured().size() < kDnsHeaderSize) {
    ++stats_.messages_incomplete;
    stats_.bytes_skipped += kPrefix + message.wire();
    return;
  }
  ++stats_.messages;
  sink.OnMessage(stream.flow, stream.seen, message, stream.note);
}

void TcpReassembly::CountShort(size_t length) {
  ++(length == 0 ? stats_.zero_prefixes : stats_.short_messages);
}

// A hole before `resume`, or before the first byte that waits if there is one.
void TcpReassembly::GiveUpHole(TcpStream& stream, uint32_t resume, TcpMessageSink& sink) {
  ++stats_.gaps;
  if (stream.waiting()) resume = buffer_.NextArrived(stream.held, stream.at.next, stream.at.end);
  LeaveMessage(stream, resume);
  GiveOutHeld(stream, sink);
}

void TcpReassembly::GiveUpHoles(TcpStream& stream, TcpMessageSink& sink) {
  while (stream.waiting()) GiveUpHole(stream, stream.at.end, sink);
}

// Goes on behind the message under way if that reaches to `resume`, and else with any that begins
// from there on.
void TcpReassembly::LeaveMessage(TcpStream& stream, uint32_t resume) {
  const TcpProgress& at = stream.at;
  if (HasBegun(at)) ++stats_.messages_incomplete;
  if (at.length != 0 && !at.unproven && Ahead(MessageEnd(at), resume) >= 0) {
    Skip(stream, MessageEnd(at));
  } else {
    Resynchronise(stream, resume);
  }
}

void TcpReassembly::Resynchronise(TcpStream& stream, uint32_t from) {
  TcpProgress& at = stream.at;
  const uint32_t end = stream.waiting() ? at.end : at.next;
  for (uint32_t i = buffer_.NextSegment(stream.held, from, end); i != end;
       i = buffer_.NextSegment(stream.held, i + 1, end)) {
    const Cursor bytes = buffer_.Read(stream.held, i, std::min(kPrefixAndHeader, end - i));
    if (CouldBeginMessage(bytes.captured())) {
      Skip(stream, i);
      at.unproven = true;
      ++stats_.resyncs;
      return;
    }
  }
  Skip(stream, end);
  at.state = TcpState::kSearching;
}

// While searching: whether a message begins with this segment. If not, it is passed over.
bool TcpReassembly::BeginsHere(TcpStream& stream, uint32_t sequence, Cursor payload) {
  TcpProgress& at = stream.at;
  if (Ahead(sequence, at.next) < 0 || !CouldBeginMessage(payload.captured())) {
    Skip(stream, sequence + SizeOf(payload));
    at.end = at.next;
    return false;
  }
  Skip(stream, sequence);
  at.state = TcpState::kInStep;
  at.unproven = true;
  ++stats_.resyncs;
  return true;
}

void TcpReassembly::Skip(TcpStream& stream, uint32_t to) {
  stats_.bytes_skipped += to - stream.at.start;
  Advance(stream, to);
}

// The next message begins at `to`.
void TcpReassembly::Advance(TcpStream& stream, uint32_t to) {
  TcpProgress& at = stream.at;
  buffer_.Release(stream.held, at.start, to);
  at.start = to;
  at.length = 0;
  at.unproven = false;
  if (Ahead(to, at.next) > 0) {
    at.next = Ahead(at.end, to) > 0 ? buffer_.NextMissing(stream.held, to, at.end) : to;
  }
  if (at.next == to && !stream.waiting()) buffer_.ReleaseBlock(stream.held, to);
}

// To be called when a segment is done with.
void TcpReassembly::Settle(TcpStream& stream, TcpMessageSink& sink) {
  const TcpProgress& at = stream.at;
  if (at.saw_fin && Ahead(at.next, at.fin) >= 0) End(stream, sink);
  Rank(stream);
}

// Puts the stream into the list that it belongs in.
void TcpReassembly::Rank(TcpStream& stream) {
  TcpProgress& at = stream.at;
  TcpHolds holds = TcpHolds::kNothing;
  if (stream.held.blocks != 0) holds = stream.waiting() ? TcpHolds::kHole : TcpHolds::kPart;
  if (holds == TcpHolds::kHole && stream.holds == holds && at.hole == at.next) return;
  if (stream.holds == TcpHolds::kPart) with_part_.Remove(stream);
  if (stream.holds == TcpHolds::kHole) with_hole_.Remove(stream);
  if (holds == TcpHolds::kPart) with_part_.Add(stream);
  if (holds == TcpHolds::kHole) {
    with_hole_.Add(stream);
    at.hole = at.next;
    at.hole_since = stream.seen;
    at.behind_hole = 0;
  }
  stream.holds = holds;
}

void TcpReassembly::End(TcpStream& stream, TcpMessageSink& sink) {
  TcpProgress& at = stream.at;
  if (at.state == TcpState::kClosed) return;
  GiveUpHoles(stream, sink);
  if (HasBegun(at)) ++stats_.messages_incomplete;
  Skip(stream, at.next);
  if (at.saw_fin && Ahead(at.fin, at.next) > 0) {
    ++stats_.gaps;
    Skip(stream, at.fin);
  }
  at.state = TcpState::kClosed;
  --stats_.open;
  Rank(stream);
}

// Takes their bytes from other streams: first from those whose hole is oldest, then from those
// that have waited longest for the rest of a message.
void TcpReassembly::MakeRoom(const TcpStream& stream, size_t bytes, TcpMessageSink& sink) {
  while (buffer_.free_blocks() < TcpBuffer::BlocksFor(bytes)) {
    TcpStream* other = with_hole_.oldest();
    if (other == &stream) other = other->by_holding.newer;
    if (other == nullptr) other = with_part_.oldest();
    if (other == &stream) other = other->by_holding.newer;
    ++stats_.buffers_evicted;
    GiveUpHoles(*other, sink);
    if (other->held.blocks != 0) LeaveMessage(*other, other->at.next);
    Settle(*other, sink);
  }
}

void TcpReassembly::GiveUpOldHoles(Timestamp now, int64_t age, TcpMessageSink& sink) {
  while (TcpStream* const stream = with_hole_.oldest()) {
    if (!GiveUpIfOld(*stream, now, age, sink)) return;
  }
}

bool TcpReassembly::GiveUpIfOld(TcpStream& stream, Timestamp now, int64_t age,
                                TcpMessageSink& sink) {
  const bool old = stream.holds == TcpHolds::kHole && IsOlderThan(stream.at.hole_since, age, now);
  if (!old) return false;
  GiveUpHoles(stream, sink);
  Settle(stream, sink);
  return true;
}

}  // namespace rcodescope
