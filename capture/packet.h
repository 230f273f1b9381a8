// What a packet source hands to a decoder: borrowed frames, their times, and the clock.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace rcodescope {

// Nanoseconds since 1970-01-01T00:00:00Z. Negative before it.
struct Timestamp {
  int64_t ns = 0;
  auto operator<=>(const Timestamp&) const = default;
};

// The time of a packet whose capture file gives none (a pcapng Simple Packet Block, say).
inline constexpr Timestamp kNoTime{std::numeric_limits<int64_t>::min()};

inline constexpr int64_t kNanosPerSecond = 1'000'000'000;

// The slice of source time that `time` falls into; slices of `width` ns are aligned to the epoch.
constexpr int64_t SliceOf(Timestamp time, int64_t width) {
  const int64_t slice = time.ns / width;
  return slice * width > time.ns ? slice - 1 : slice;
}

// The framing of an interface, as far as the decoder tells framings apart.
// Numbers of the file formats: https://www.tcpdump.org/linktypes.html
enum class LinkType : uint8_t {
  kUnsupported,
  kEthernet,   // LINKTYPE_ETHERNET 1
  kNull,       // LINKTYPE_NULL 0: address family in the capturing host's byte order
  kLoop,       // LINKTYPE_LOOP 108: address family in network byte order
  kPpp,        // LINKTYPE_PPP 9, PPP_HDLC 50
  kRaw,        // LINKTYPE_RAW 101, 12, 14: IPv4 or IPv6, told by the first nibble
  kIpv4,       // LINKTYPE_IPV4 228
  kIpv6,       // LINKTYPE_IPV6 229
  kLinuxSll,   // LINKTYPE_LINUX_SLL 113
  kLinuxSll2,  // LINKTYPE_LINUX_SLL2 276
};

// A VLAN tag that the capturing side took out of the frame. tpid 0: none was.
struct VlanTag {
  uint16_t tpid = 0;
  uint16_t tci = 0;
};

// One frame. `data` is borrowed from the source until its next Poll (see PacketSource).
struct Packet {
  const std::byte* data = nullptr;
  Timestamp time;          // of the frame itself; kNoTime never leaves a source
  uint64_t frame = 0;      // ordinal in the source, from 1, counting filtered frames too
  uint32_t captured = 0;   // bytes at `data`
  uint32_t wire = 0;       // bytes the frame had on the wire
  uint16_t interface = 0;  // ordinal in its file, from 0
  LinkType link_type = LinkType::kUnsupported;
  VlanTag stripped;
};
static_assert(sizeof(Packet) == 40);

// Up to 64 frames of one slice of source time, and the clock.
struct PacketBatch {
  static constexpr size_t kCapacity = 64;

  std::array<Packet, kCapacity> packets;
  size_t size = 0;
  Timestamp now;  // the largest packet time so far; never goes backwards
};

}  // namespace rcodescope
