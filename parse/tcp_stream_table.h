// The TCP streams that are being followed: a fixed slab, found by hash, oldest first to go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "capture/packet.h"
#include "parse/keyed_pool.h"
#include "parse/tcp_buffer.h"
#include "parse/tcp_segment.h"

namespace rcodescope {

struct TcpStream;

// Neighbours in a TcpStreamList.
struct TcpStreamLinks {
  TcpStream* older = nullptr;
  TcpStream* newer = nullptr;
};

// Streams in the order in which they were added. A stream is in a list once or not at all.
template <TcpStreamLinks TcpStream::*kLinks>
class TcpStreamList {
 public:
  TcpStream* oldest() const { return oldest_; }
  void Add(TcpStream& stream);
  void Remove(TcpStream& stream);

 private:
  TcpStream* oldest_ = nullptr;
  TcpStream* newest_ = nullptr;
};

enum class TcpState : uint8_t {
  kInStep,     // it is known where the next message begins
  kSearching,  // it is not: a segment is awaited that looks like the beginning of one
  kClosed,     // ended; kept to tell late retransmissions from new data
};

// What a stream holds back, and thus the list in which it stands.
enum class TcpHolds : uint8_t { kNothing, kPart, kHole };

// Sequence numbers: [start, next) has arrived and is held, being less than a message.
struct TcpProgress {
  uint32_t start = 0;        // of the message under way: its length prefix
  uint32_t next = 0;         // the first byte that is missing; all before `next` is done with
  uint32_t end = 0;          // behind the last byte seen; may lie before `next`
  uint32_t initial = 0;      // of the SYN
  uint32_t fin = 0;          // where the stream ends
  uint32_t hole = 0;         // `next` when hole_since was set
  Timestamp hole_since;      // source time
  uint16_t length = 0;       // of the message under way; 0: not known yet
  uint16_t behind_hole = 0;  // segments that arrived since hole_since
  TcpState state = TcpState::kInStep;
  uint8_t far_away = 0;   // consecutive segments from elsewhere in sequence space
  bool unproven = false;  // `start` was guessed and its message's header not yet seen
  bool saw_syn = false;
  bool saw_fin = false;
};

struct TcpStream {
  TcpFlow flow;
  TcpProgress at;
  Timestamp seen;  // source time of the latest segment with something new to say
  TcpHeld held;
  TcpHolds holds = TcpHolds::kNothing;
  uint32_t note = 0;  // the sink's
  TcpStreamLinks by_use;
  TcpStreamLinks by_holding;
  TcpStream* next_in_bucket = nullptr;

  // Bytes wait behind a hole.
  bool waiting() const { return Ahead(at.end, at.next) > 0; }
};

// Not thread-safe. No allocation after construction.
class TcpStreamTable {
 public:
  // Uses about `bytes`, which must be enough for one stream. `secret`: the process's hash key.
  TcpStreamTable(size_t bytes, uint64_t secret);
  TcpStreamTable(const TcpStreamTable&) = delete;
  TcpStreamTable& operator=(const TcpStreamTable&) = delete;

  size_t capacity() const { return capacity_; }
  bool full() const { return free_ == nullptr && touched_ == capacity_; }
  // False when the system refused the memory; then nothing else may be called.
  bool usable() const { return slab_ != nullptr; }

  TcpStream* Find(const TcpFlow& flow) const;
  // A stream that is not there yet; the table must not be full.
  TcpStream& Insert(const TcpFlow& flow);
  // The stream must hold no blocks and be in no other list.
  void Remove(TcpStream& stream);

  // Makes `stream` the most recently used one.
  void Touch(TcpStream& stream);
  // The least recently used one; null when there is none.
  TcpStream* oldest() const { return by_use_.oldest(); }

 private:
  TcpStream** BucketOf(const TcpFlow& flow) const;
  TcpStream& Take();

  uint64_t secret_;
  size_t capacity_;
  ZeroedArray<std::byte> slab_;              // of TcpStream, constructed when first used
  size_t touched_ = 0;                       // those behind were never used
  mutable std::vector<TcpStream*> buckets_;  // a power of two of them
  TcpStream* free_ = nullptr;                // linked by next_in_bucket
  TcpStreamList<&TcpStream::by_use> by_use_;
};

template <TcpStreamLinks TcpStream::*kLinks>
void TcpStreamList<kLinks>::Add(TcpStream& stream) {
  (stream.*kLinks) = {newest_, nullptr};
  (newest_ == nullptr ? oldest_ : (newest_->*kLinks).newer) = &stream;
  newest_ = &stream;
}

template <TcpStreamLinks TcpStream::*kLinks>
void TcpStreamList<kLinks>::Remove(TcpStream& stream) {
  const auto [older, newer] = stream.*kLinks;
  (older == nullptr ? oldest_ : (older->*kLinks).newer) = newer;
  (newer == nullptr ? newest_ : (newer->*kLinks).older) = older;
}

}  // namespace rcodescope
