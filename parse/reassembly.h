// What happened where messages are put together from fragments and segments: a closed list, every
// value counted.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace rcodescope {

enum class ReassemblyEvent : uint8_t {
  kDatagramComplete,
  kDatagramTimeout,
  kDatagramEvicted,
  kDatagramOverlap,
  kDatagramInvalid,
  kDatagramEndOfInput,
  kStream,
  kStreamMidway,
  kStreamEvicted,
  kBytesEvicted,
  kGap,
  kResync,
  kMessageIncomplete,
  kZeroPrefix,
  kRetransmittedDifferent,
  kCount,
};
inline constexpr size_t kReassemblyEvents = static_cast<size_t>(ReassemblyEvent::kCount);

struct ReassemblyEntry {
  std::string_view name;
  bool odd;  // the rest is the course of things
  std::string_view meaning;
};

inline constexpr std::array<ReassemblyEntry, kReassemblyEvents> kReassemblyTable = {{
    {"datagram_complete", false, "a datagram was put together from its fragments"},
    {"datagram_timeout", true, "fragments of a datagram were missing after 30 s"},
    {"datagram_evicted", true, "a datagram gave its room to a newer one (--memory)"},
    {"datagram_overlap", true, "fragments overlapped; the datagram was dropped (RFC 5722)"},
    {"datagram_invalid", true, "a fragment contradicted the others; the datagram was dropped"},
    {"datagram_end_of_input", true, "fragments of a datagram were missing at the end of input"},
    {"stream", false, "a direction of a TCP connection was taken up"},
    {"stream_midway", false, "of those: without its SYN, where a message seemed to begin"},
    {"stream_evicted", true, "a stream gave its place to a newer one (--memory)"},
    {"bytes_evicted", true, "a stream's waiting bytes gave their room to others (--memory)"},
    {"gap", true, "bytes of a stream were missing and given up"},
    {"resync", true, "behind a gap a stream went on where a message seemed to begin"},
    {"message_incomplete", true, "a message was begun, and its stream ended or lost bytes"},
    {"zero_prefix", true, "a message of length 0"},
    {"retransmitted_different", true, "a segment contradicted bytes that were still held"},
}};

using ReassemblyCounts = std::array<uint64_t, kReassemblyEvents>;

}  // namespace rcodescope
