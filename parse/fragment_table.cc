#include "parse/fragment_table.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

#include "parse/fragment_payload.h"

namespace rcodescope {
namespace {

constexpr size_t kBufferBytes = size_t{FragmentPayload::kMaxBlocks} * FragmentBlock::kBytes;
constexpr uint32_t kBlocksPerDatagram = 4;  // most wait for their second fragment
constexpr uint32_t kShareOfSource = 64;
constexpr uint32_t kMinimumDatagramsPerSource = 8;
// The blocks of one datagram and those for one more fragment.
constexpr uint32_t kMinimumBlocksPerSource = 2 * FragmentPayload::kMaxBlocks;

// Whether `ns` have passed from `from` to `to`, which may be any times.
bool HasPassed(Timestamp from, Timestamp to, int64_t ns) {
  return to > from &&
         static_cast<uint64_t>(to.ns) - static_cast<uint64_t>(from.ns) >= static_cast<uint64_t>(ns);
}

// Without a value, the fragment is invalid, whatever the others are.
std::optional<FragmentRange> RangeOf(const IpFragment& fragment) {
  constexpr size_t kUnit = FragmentBlock::kUnitBytes;
  const size_t size = fragment.payload.wire();
  const size_t limit = fragment.family == Family::kIpv4 ? kMaxPayloadIpv4 : kMaxPayloadIpv6;
  if (fragment.offset % kUnit != 0 || fragment.offset > limit) return std::nullopt;
  if (size > limit - fragment.offset) return std::nullopt;
  if (fragment.more && (size == 0 || size % kUnit != 0)) return std::nullopt;
  return FragmentRange{.begin = fragment.offset,
                       .end = fragment.offset + static_cast<uint32_t>(size),
                       .last = !fragment.more,
                       .captured = fragment.payload.captured()};
}

}  // namespace

struct FragmentTable::Key {
  IpAddress source;
  IpAddress destination;
  Tap tap;
  uint32_t id;
  uint16_t protocol;  // 0 in IPv6, where it is no part of the key (RFC 8200 §4.5)
  uint16_t family;    // an IPv4-mapped address may stand in an IPv6 header

  static Key Of(const IpFragment& fragment) {
    const bool ipv4 = fragment.family == Family::kIpv4;
    return {.source = IpAddress::From(fragment.family, fragment.source_address),
            .destination = IpAddress::From(fragment.family, fragment.destination_address),
            .tap = fragment.tap,
            .id = fragment.id,
            .protocol = static_cast<uint16_t>(ipv4 ? fragment.protocol : 0),
            .family = static_cast<uint16_t>(fragment.family)};
  }
  bool operator==(const Key&) const = default;
};

struct FragmentTable::Links {
  uint32_t previous = 0;
  uint32_t next = 0;
};

struct FragmentTable::Entry {
  enum class State : uint8_t {
    kOpen,       // being put together
    kRefused,    // ended by an overlap or an invalid fragment; drops the rest
    kCompleted,  // fragments came twice; tells more of them from a new datagram
  };

  Key key;
  uint32_t next;
  State state = State::kOpen;
  uint8_t protocol = 0;
  bool has_first = false;
  bool doubled = false;  // there were duplicates
  FrameOrigin first;
  uint64_t frames = 0;
  Timestamp since;      // first arrival, or completion
  Links age;            // in aging_, or completed_ by `state`
  uint32_t source = 0;  // 0: left it
  Links of_source;
  FragmentPayload payload;
};

struct FragmentTable::Source {
  IpAddress key;
  uint32_t next;
  uint32_t datagrams = 0;
  uint32_t blocks = 0;
  List entries;  // by arrival of the first fragment
};

FragmentTable::Capacity FragmentTable::Capacity::Of(size_t bytes) {
  constexpr size_t kEach = sizeof(Entry) + sizeof(Source) + 2 * sizeof(uint32_t) +
                           kBlocksPerDatagram * sizeof(FragmentBlock);
  constexpr size_t kMost = std::numeric_limits<uint32_t>::max() / kBlocksPerDatagram - 1;
  if (bytes < kMinimumBytes) return {0};
  // One less: the pools have an element more than their capacity.
  return {static_cast<uint32_t>(std::min((bytes - kBufferBytes) / kEach - 1, kMost))};
}

FragmentTable::FragmentTable(size_t bytes, uint64_t secret)
    : FragmentTable(Capacity::Of(bytes), secret) {}

FragmentTable::FragmentTable(Capacity capacity, uint64_t secret)
    : entries_(capacity.datagrams, secret),
      sources_(capacity.datagrams, secret),
      blocks_(capacity.datagrams * kBlocksPerDatagram),
      buffer_(MakeZeroedArray<std::byte>(kBufferBytes)),
      datagrams_per_source_(
          std::max(capacity.datagrams / kShareOfSource, kMinimumDatagramsPerSource)),
      blocks_per_source_(std::max(capacity.datagrams * kBlocksPerDatagram / kShareOfSource,
                                  kMinimumBlocksPerSource)),
      usable_(capacity.datagrams != 0 && entries_.usable() && sources_.usable() &&
              blocks_.usable() && buffer_ != nullptr) {}

FragmentTable::~FragmentTable() = default;

FragmentVerdict FragmentTable::Add(const IpFragment& fragment, FrameOrigin origin,
                                   FragmentSink& sink) {
  const auto verdict = usable_ ? Judge(fragment, origin, sink) : FragmentVerdict::kDropped;
  stats_.duplicates += verdict == FragmentVerdict::kDuplicate;
  stats_.dropped += verdict == FragmentVerdict::kDropped;
  return verdict;
}

FragmentVerdict FragmentTable::Judge(const IpFragment& fragment, FrameOrigin origin,
                                     FragmentSink& sink) {
  const Key key = Key::Of(fragment);
  uint32_t number = FindCurrent(key, origin.time, sink);
  if (number != 0 && entries_[number].state == Entry::State::kCompleted)
    return FragmentVerdict::kDuplicate;
  if (number != 0 && entries_[number].state == Entry::State::kRefused)
    return FragmentVerdict::kDropped;
  const auto range = RangeOf(fragment);
  if (!range)
    return number == 0 ? FragmentVerdict::kDropped : Refuse(number, FragmentEnd::kInvalid, sink);

  if (number == 0) number = Open(key, fragment.protocol, origin.time, sink);
  Entry& entry = entries_[number];
  switch (entry.payload.Relate(blocks_, *range)) {
    case FragmentRelation::kContradicts: return Refuse(number, FragmentEnd::kInvalid, sink);
    case FragmentRelation::kOverlaps: return Refuse(number, FragmentEnd::kOverlap, sink);
    case FragmentRelation::kAgain: entry.doubled = true; return FragmentVerdict::kDuplicate;
    case FragmentRelation::kNew: break;
  }
  if (range->begin == 0) {
    entry.has_first = true;
    entry.first = origin;
    entry.protocol = fragment.protocol;
  }
  const FragmentVerdict verdict = Accept(number, *range, sink);
  if (verdict == FragmentVerdict::kComplete) LeaveReminder(number, origin.time);
  return verdict;
}

// The entry of `key`, unless its time is over: then that ends it.
uint32_t FragmentTable::FindCurrent(const Key& key, Timestamp time, FragmentSink& sink) {
  const uint32_t number = entries_.Find(key);
  if (number == 0) return 0;
  const Entry& entry = entries_[number];
  const bool completed = entry.state == Entry::State::kCompleted;
  if (!HasPassed(entry.since, time, completed ? kDoubledFragmentNs : kFragmentTimeoutNs))
    return number;
  Discard(number, FragmentEnd::kTimeout, sink);
  return 0;
}

uint32_t FragmentTable::Open(const Key& key, uint8_t protocol, Timestamp time, FragmentSink& sink) {
  if (const uint32_t full = sources_.Find(key.source);
      full != 0 && sources_[full].datagrams >= datagrams_per_source_)
    Discard(sources_[full].entries.head, FragmentEnd::kEvicted, sink);
  if (entries_.available() == 0)
    Discard(completed_.head != 0 ? completed_.head : aging_.head, FragmentEnd::kEvicted, sink);

  const uint32_t number = entries_.Insert(key);
  Entry& entry = entries_[number];
  entry.protocol = protocol;
  entry.since = time;
  Append(aging_, &Entry::age, number);
  entry.source = sources_.Find(key.source);
  if (entry.source == 0) entry.source = sources_.Insert(key.source);
  ++sources_[entry.source].datagrams;
  Append(sources_[entry.source].entries, &Entry::of_source, number);
  return number;
}

FragmentVerdict FragmentTable::Accept(uint32_t number, const FragmentRange& range,
                                      FragmentSink& sink) {
  Entry& entry = entries_[number];
  entry.payload.Count(range);
  if (entry.payload.complete()) {
    Complete(entry, range);
    return FragmentVerdict::kComplete;
  }
  const uint32_t missing = entry.payload.MissingBlocks(range);
  MakeRoom(number, missing, sink);
  sources_[entry.source].blocks += missing;
  entry.payload.Store(blocks_, range);
  ++entry.frames;
  ++held_;
  return FragmentVerdict::kHeld;
}

// Sees to it that `number` can have `blocks` more, at the cost of older datagrams.
void FragmentTable::MakeRoom(uint32_t number, uint32_t blocks, FragmentSink& sink) {
  const Entry& entry = entries_[number];
  const Source& source = sources_[entry.source];
  while (source.blocks + blocks > blocks_per_source_) {
    const uint32_t oldest = source.entries.head;
    Discard(oldest != number ? oldest : entry.of_source.next, FragmentEnd::kEvicted, sink);
  }
  while (blocks_.available() < blocks)
    Discard(aging_.head != number ? aging_.head : entry.age.next, FragmentEnd::kEvicted, sink);
}

// `range`, which was missing, goes straight into the payload.
void FragmentTable::Complete(Entry& entry, const FragmentRange& range) {
  const uint32_t captured = entry.payload.CompletePrefix();
  entry.payload.CopyPrefix(blocks_, captured, buffer_.get());
  std::copy(range.captured.begin(), range.captured.end(), buffer_.get() + range.begin);
  datagram_ = Describe(entry, captured);
  held_ -= entry.frames;
  ++stats_.completed;
}

// What stays of a datagram that was completed at `time`: nothing, unless its fragments came twice.
// It does not count towards its source, as it is the first to go when there is no room.
void FragmentTable::LeaveReminder(uint32_t number, Timestamp time) {
  Entry& entry = entries_[number];
  if (!entry.doubled) {
    Remove(number);
    return;
  }
  LeaveSource(number);
  Unlink(aging_, &Entry::age, number);
  entry.state = Entry::State::kCompleted;
  entry.since = time;
  Append(completed_, &Entry::age, number);
}

// Ends a datagram; the fragment that made it and those to come are dropped.
FragmentVerdict FragmentTable::Refuse(uint32_t number, FragmentEnd why, FragmentSink& sink) {
  Entry& entry = entries_[number];
  Report(entry, why, sink);
  ReleaseBlocks(entry);
  entry.state = Entry::State::kRefused;
  return FragmentVerdict::kDropped;
}

void FragmentTable::Report(Entry& entry, FragmentEnd why, FragmentSink& sink) {
  const uint32_t captured = entry.payload.StoredPrefix(blocks_);
  entry.payload.CopyPrefix(blocks_, captured, buffer_.get());
  held_ -= entry.frames;
  ++stats_.incomplete[static_cast<size_t>(why)];
  sink.OnIncomplete({Describe(entry, captured), why, entry.has_first, entry.first});
}

// The datagram whose first `captured` bytes are in the buffer.
Datagram FragmentTable::Describe(const Entry& entry, uint32_t captured) const {
  const auto family = static_cast<Family>(entry.key.family);
  const uint32_t longest = family == Family::kIpv4 ? kMaxPayloadIpv4 : kMaxPayloadIpv6;
  return {.source = entry.key.source,
          .destination = entry.key.destination,
          .family = family,
          .protocol = entry.protocol,
          .tap = entry.key.tap,
          .frames = entry.frames,
          .payload = Cursor({buffer_.get(), captured}, std::min(entry.payload.total(), longest))};
}

void FragmentTable::Expire(Timestamp now, FragmentSink& sink) {
  while (aging_.head != 0 && HasPassed(entries_[aging_.head].since, now, kFragmentTimeoutNs))
    Discard(aging_.head, FragmentEnd::kTimeout, sink);
  while (completed_.head != 0 &&
         HasPassed(entries_[completed_.head].since, now, kDoubledFragmentNs))
    Remove(completed_.head);
}

void FragmentTable::Flush(FragmentSink& sink) {
  while (aging_.head != 0) Discard(aging_.head, FragmentEnd::kEndOfInput, sink);
  while (completed_.head != 0) Remove(completed_.head);
}

// Takes an entry out, and reports it if it is a datagram.
void FragmentTable::Discard(uint32_t number, FragmentEnd why, FragmentSink& sink) {
  if (entries_[number].state == Entry::State::kOpen) Report(entries_[number], why, sink);
  Remove(number);
}

void FragmentTable::Remove(uint32_t number) {
  const Entry& entry = entries_[number];
  if (entry.source != 0) LeaveSource(number);
  const bool completed = entry.state == Entry::State::kCompleted;
  Unlink(completed ? completed_ : aging_, &Entry::age, number);
  entries_.Erase(number);
}

void FragmentTable::ReleaseBlocks(Entry& entry) {
  sources_[entry.source].blocks -= entry.payload.block_count();
  entry.payload.Release(blocks_);
}

void FragmentTable::LeaveSource(uint32_t number) {
  Entry& entry = entries_[number];
  Source& source = sources_[entry.source];
  ReleaseBlocks(entry);
  Unlink(source.entries, &Entry::of_source, number);
  if (--source.datagrams == 0) sources_.Erase(entry.source);
  entry.source = 0;
}

void FragmentTable::Append(List& list, Links Entry::*links, uint32_t number) {
  entries_[number].*links = {.previous = list.tail, .next = 0};
  (list.tail != 0 ? (entries_[list.tail].*links).next : list.head) = number;
  list.tail = number;
}

void FragmentTable::Unlink(List& list, Links Entry::*links, uint32_t number) {
  const Links at = entries_[number].*links;
  (at.previous != 0 ? (entries_[at.previous].*links).next : list.head) = at.next;
  (at.next != 0 ? (entries_[at.next].*links).previous : list.tail) = at.previous;
}

}  // namespace rcodescope
