#include "parse/tcp_streams.h"

#include <algorithm>

#include "parse/tcp_beginning.h"

namespace rcodescope {
namespace {

// A retransmission comes within one or two timeouts (RFC 6298 §2, §5); what the capture lost comes
// never.
constexpr int64_t kHoleAge = 5 * kNanosPerSecond;
constexpr int64_t kIdle = 120 * kNanosPerSecond;

// How far behind its stream a segment may lie: no DNS server has more on the way.
constexpr int32_t kReachBehind = 1 << 20;
constexpr uint8_t kFarAwayInARow = 4;

}  // namespace

TcpStreams::TcpStreams(size_t bytes, uint64_t secret)
    : table_(std::max(bytes, kMinBytes) / 4, secret),
      reassembly_(std::max(bytes, kMinBytes) / 4 * 3, secret, stats_) {}

TcpVerdict TcpStreams::Add(const TcpSegment& segment, Timestamp time, TcpMessageSink& sink) {
  clock_ = std::max(clock_, time);
  const uint64_t messages = stats_.messages;
  const TcpVerdict verdict = AddSegment(segment, sink);
  return stats_.messages == messages ? verdict : TcpVerdict::kMessage;
}

TcpVerdict TcpStreams::AddSegment(const TcpSegment& segment, TcpMessageSink& sink) {
  const Cursor payload = segment.payload;
  const bool has_payload = payload.wire() != 0;
  if (!has_payload && (segment.flags & (kTcpSyn | kTcpFin | kTcpRst)) == 0) {
    return TcpVerdict::kNoPayload;
  }
  TcpStream* stream = FindAsOfNow(segment.flow, sink);
  if ((segment.flags & kTcpRst) != 0) return AddReset(stream, segment, sink);
  uint32_t sequence = segment.sequence;
  if ((segment.flags & kTcpSyn) != 0) {
    stream = &OpenWithSyn(stream, segment, sink);
    ++sequence;  // the SYN has a number of its own
  }
  const uint32_t end = sequence + static_cast<uint32_t>(payload.wire());
  if (stream == nullptr || !IsNear(*stream, sequence, end)) {
    if (!has_payload) return TcpVerdict::kNoPayload;
    stream = OpenMidway(stream, segment, sink);
    if (stream == nullptr) return TcpVerdict::kDropped;
  }
  table_.Touch(*stream);
  stream->seen = clock_;
  stream->at.far_away = 0;
  const TcpVerdict verdict =
      has_payload ? reassembly_.Take(*stream, sequence, payload, sink) : TcpVerdict::kNoPayload;
  if ((segment.flags & kTcpFin) != 0 && !stream->at.saw_fin) {
    stream->at.saw_fin = true;
    stream->at.fin = end;
  }
  reassembly_.Settle(*stream, sink);
  return verdict;
}

// What has waited too long has ended by now, whenever Expire was called last.
TcpStream* TcpStreams::FindAsOfNow(const TcpFlow& flow, TcpMessageSink& sink) {
  TcpStream* const stream = table_.Find(flow);
  if (stream == nullptr) return nullptr;
  if (IsOlderThan(stream->seen, kIdle, clock_)) {
    Remove(*stream, sink);
    return nullptr;
  }
  reassembly_.GiveUpIfOld(*stream, clock_, kHoleAge, sink);
  return stream;
}

// Data in a RST is text for people: RFC 9293 §3.5.3.
TcpVerdict TcpStreams::AddReset(TcpStream* stream, const TcpSegment& segment,
                                TcpMessageSink& sink) {
  if (stream != nullptr && IsNear(*stream, segment.sequence, segment.sequence)) {
    reassembly_.End(*stream, sink);
  }
  return segment.payload.wire() == 0 ? TcpVerdict::kNoPayload : TcpVerdict::kDropped;
}

TcpStream& TcpStreams::OpenWithSyn(TcpStream* stream, const TcpSegment& segment,
                                   TcpMessageSink& sink) {
  const uint32_t start = segment.sequence + 1;
  if (stream != nullptr) {
    TcpProgress& at = stream->at;
    if (at.saw_syn && at.initial == segment.sequence) return *stream;
    // A SYN that comes behind the first data is no new connection.
    const int32_t behind = Ahead(at.next, start);
    if (!at.saw_syn && at.state != TcpState::kClosed && behind >= 0 &&
        behind <= static_cast<int32_t>(reassembly_.window())) {
      at.saw_syn = true;
      at.initial = segment.sequence;
      return *stream;
    }
  }
  TcpStream& opened = Open(stream, segment.flow, start, sink);
  opened.at.saw_syn = true;
  opened.at.initial = segment.sequence;
  return opened;
}

// Null when the segment does not look like the beginning of a message. A stream that is far from
// the segment is given up only for several such segments.
TcpStream* TcpStreams::OpenMidway(TcpStream* stream, const TcpSegment& segment,
                                  TcpMessageSink& sink) {
  if (stream != nullptr && stream->at.far_away + 1 < kFarAwayInARow) {
    ++stream->at.far_away;
    return nullptr;
  }
  const bool certain = HoldsWholeMessages(segment.payload);
  if (!certain && !CouldBeginMessage(segment.payload.captured())) return nullptr;
  TcpStream& opened = Open(stream, segment.flow, segment.sequence, sink);
  opened.at.unproven = !certain;
  ++stats_.opened_midway;
  return &opened;
}

// In the place of `stream`, unless that is null.
TcpStream& TcpStreams::Open(TcpStream* stream, const TcpFlow& flow, uint32_t start,
                            TcpMessageSink& sink) {
  if (stream != nullptr) {
    reassembly_.End(*stream, sink);
  } else {
    if (table_.full()) {
      if (table_.oldest()->at.state != TcpState::kClosed) ++stats_.streams_evicted;
      Remove(*table_.oldest(), sink);
    }
    stream = &table_.Insert(flow);
  }
  stream->at = {.start = start, .next = start, .end = start};
  stream->note = 0;
  ++stats_.streams_opened;
  ++stats_.open;
  return *stream;
}

bool TcpStreams::IsNear(const TcpStream& stream, uint32_t sequence, uint32_t end) const {
  const TcpProgress& at = stream.at;
  if (at.state == TcpState::kClosed && Ahead(end, at.next) > 0) return false;
  const uint32_t highest = stream.waiting() ? at.end : at.next;
  return Ahead(sequence, highest) <= static_cast<int32_t>(reassembly_.window()) &&
         Ahead(at.next, sequence) <= kReachBehind;
}

void TcpStreams::Remove(TcpStream& stream, TcpMessageSink& sink) {
  reassembly_.End(stream, sink);
  table_.Remove(stream);
}

void TcpStreams::Expire(Timestamp now, TcpMessageSink& sink) {
  clock_ = std::max(clock_, now);
  reassembly_.GiveUpOldHoles(clock_, kHoleAge, sink);
  TcpStream* stream = table_.oldest();
  for (; stream != nullptr && IsOlderThan(stream->seen, kIdle, clock_); stream = table_.oldest()) {
    Remove(*stream, sink);
  }
}

void TcpStreams::Flush(TcpMessageSink& sink) {
  while (table_.oldest() != nullptr) Remove(*table_.oldest(), sink);
}

}  // namespace rcodescope
