// Puts IP datagrams together from their fragments, in fixed memory: RFC 791 §3.2 and RFC 8200 §4.5.
//
// Rules, the same for both families:
// - Fragments may come in any order. A datagram is complete when its bytes, as they were on the
//   wire, are all there; what a snap length cut off is missing from the payload, not waited for.
// - The same fragment again (offset, length, last or not, and the bytes captured) is a duplicate.
//   Any other overlap ends the datagram (RFC 5722 §4).
// - So does an invalid fragment: one with more to follow whose length is 0 or no multiple of 8; one
//   that ends behind the longest payload or the known end; a second last one. An invalid fragment
//   of no datagram held is just dropped.
// - Fragments behind an overlap or an invalid one are dropped until the timeout.
// - Where fragments came twice, more of them are duplicates for a second after the datagram is
//   complete: a mirror port doubles every frame. Otherwise the same identification opens a new
//   datagram.
//
// Limits. One source address holds at most 1/64 of the datagrams (at least 8) and of the memory for
// their bytes (at least 128 KiB, two of the longest datagrams); beyond that its own oldest datagram
// goes. When the table is full, the oldest of all goes: that is what a flood from forged addresses
// comes to. Every fragment costs constant time and its own bytes; no call scans the table.
//
// Results depend on the fragments, their order and times alone, not on the secret.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "capture/packet.h"
#include "parse/cursor.h"
#include "parse/frame.h"
#include "parse/ip_address.h"
#include "parse/keyed_pool.h"
#include "parse/protocol.h"

namespace rcodescope {

struct FragmentBlock;
struct FragmentRange;

// From the first fragment that arrives. Between the 15 s of RFC 791 §3.2 and the 60 s of RFC 8200
// §4.5, and what Linux hosts wait in IPv4; real fragments follow each other within a second.
inline constexpr int64_t kFragmentTimeoutNs = 30 * kNanosPerSecond;
// How long after completion doubled fragments are told from a new datagram.
inline constexpr int64_t kDoubledFragmentNs = 1 * kNanosPerSecond;
// The longest payloads: 65,535 bytes with an IPv4 header of 20 (RFC 791 §3.1), without the fixed
// header of IPv6 (RFC 8200 §4.5).
inline constexpr uint32_t kMaxPayloadIpv4 = 65'515;
inline constexpr uint32_t kMaxPayloadIpv6 = 65'535;

struct FrameOrigin {
  uint64_t frame = 0;  // Packet::frame
  Timestamp time;      // of the frame
};

enum class FragmentVerdict : uint8_t {
  kHeld,       // kept; released later by a Datagram or an IncompleteDatagram
  kComplete,   // the last one missing: see datagram()
  kDuplicate,  // seen before
  kDropped,    // overlapping, invalid, or behind such a one
};

// Why a datagram ended without being complete.
enum class FragmentEnd : uint8_t { kTimeout, kEvicted, kOverlap, kInvalid, kEndOfInput, kCount };
inline constexpr size_t kFragmentEnds = static_cast<size_t>(FragmentEnd::kCount);
inline constexpr std::array<std::string_view, kFragmentEnds> kFragmentEndNames = {
    "timeout", "evicted", "overlap", "invalid", "end_of_input"};

// A datagram put together. The payload is borrowed from the table.
struct Datagram {
  IpAddress source{};
  IpAddress destination{};
  Family family = Family::kIpv4;
  uint8_t protocol = 0;
  Tap tap;
  uint64_t frames = 0;    // held frames that this releases; the one that completes it is not held
  Cursor payload{{}, 0};  // captured(): what is known from its start without a gap

  // To be read on with DissectDatagram; borrows from this.
  IpFragment Whole() const {
    return {.source_address = source.Bytes(family),
            .destination_address = destination.Bytes(family),
            .family = family,
            .protocol = protocol,
            .tap = tap,
            .payload = payload};
  }
};

// Without its first fragment, the payload's captured() is empty and the protocol of IPv6 is that of
// some other fragment. Without its last one, the payload's wire() is the longest there can be.
struct IncompleteDatagram : Datagram {
  FragmentEnd why = FragmentEnd::kTimeout;
  bool has_first = false;
  FrameOrigin first;  // of the first fragment (offset 0), where there is one
};

class FragmentSink {
 public:
  virtual ~FragmentSink() = default;
  // `datagram` is borrowed for the call, which must not call the table.
  virtual void OnIncomplete(const IncompleteDatagram& datagram) = 0;
};

// For one thread. Allocates at construction only, and throws nothing.
//
// Every frame given to Add is accounted for once: by a verdict other than kHeld, or in the `frames`
// of one Datagram or IncompleteDatagram. held() are those that still wait.
class FragmentTable {
 public:
  static constexpr size_t kMinimumBytes = size_t{1} << 20;

  struct Stats {
    uint64_t completed = 0;                            // datagrams
    std::array<uint64_t, kFragmentEnds> incomplete{};  // datagrams, by FragmentEnd
    uint64_t duplicates = 0;                           // frames
    uint64_t dropped = 0;                              // frames
  };

  // `bytes`: for everything, at least kMinimumBytes. `secret`: keys the hashes.
  FragmentTable(size_t bytes, uint64_t secret);
  FragmentTable(FragmentTable&&) = delete;
  ~FragmentTable();

  // False when `bytes` is too little or was refused; Add then drops all.
  bool usable() const { return usable_; }

  // `fragment` is not a whole datagram: it has an offset or more follow. Its tap is a part of the
  // key. What ended for it to be taken in goes to `sink`.
  FragmentVerdict Add(const IpFragment& fragment, FrameOrigin origin, FragmentSink& sink);
  // After kComplete, until the next call.
  const Datagram& datagram() const { return datagram_; }

  // Ends what timed out. `now` is at least the time of every frame so far. When frames came with
  // times out of order, a datagram may wait for an earlier one to time out; a fragment that comes
  // meanwhile finds it ended.
  void Expire(Timestamp now, FragmentSink& sink);
  // Ends everything, at the end of input.
  void Flush(FragmentSink& sink);

  uint64_t held() const { return held_; }
  const Stats& stats() const { return stats_; }

 private:
  struct Key;
  struct Links;
  struct Entry;   // a datagram that is being put together, or what reminds of one
  struct Source;  // what one source address holds
  struct List {
    uint32_t head = 0;
    uint32_t tail = 0;
  };

  struct Capacity {
    uint32_t datagrams;
    static Capacity Of(size_t bytes);
  };
  FragmentTable(Capacity capacity, uint64_t secret);

  FragmentVerdict Judge(const IpFragment& fragment, FrameOrigin origin, FragmentSink& sink);
  uint32_t FindCurrent(const Key& key, Timestamp time, FragmentSink& sink);
  uint32_t Open(const Key& key, uint8_t protocol, Timestamp time, FragmentSink& sink);
  FragmentVerdict Accept(uint32_t number, const FragmentRange& range, FragmentSink& sink);
  void MakeRoom(uint32_t number, uint32_t blocks, FragmentSink& sink);
  void Complete(Entry& entry, const FragmentRange& range);
  void LeaveReminder(uint32_t number, Timestamp time);
  FragmentVerdict Refuse(uint32_t number, FragmentEnd why, FragmentSink& sink);
  void Report(Entry& entry, FragmentEnd why, FragmentSink& sink);
  Datagram Describe(const Entry& entry, uint32_t captured) const;
  void Discard(uint32_t number, FragmentEnd why, FragmentSink& sink);
  void Remove(uint32_t number);
  void ReleaseBlocks(Entry& entry);
  void LeaveSource(uint32_t number);
  void Append(List& list, Links Entry::*links, uint32_t number);
  void Unlink(List& list, Links Entry::*links, uint32_t number);

  KeyedPool<Entry, Key> entries_;
  KeyedPool<Source, IpAddress> sources_;
  Pool<FragmentBlock> blocks_;
  ZeroedArray<std::byte> buffer_;  // a payload in one piece
  uint32_t datagrams_per_source_;
  uint32_t blocks_per_source_;
  bool usable_;
  List aging_;      // by arrival of the first fragment
  List completed_;  // by completion: what tells doubled fragments
  Datagram datagram_;
  uint64_t held_ = 0;
  Stats stats_;
};

}  // namespace rcodescope
