// How a frame ends, and what was odd about a message: closed lists, every value counted.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace rcodescope {

// Each frame that reaches the decoder ends in exactly one of these.
enum class Disposition : uint8_t {
  kMessage,
  kUnsupportedLinkType,
  kNotIp,
  kNotUdpOrTcp,
  kIcmp,
  kTunnel,
  kFragment,
  kFragmentDuplicate,
  kFragmentIncomplete,
  kNotDnsPort,
  kEncrypted,
  kMdns,
  kLlmnr,
  kTcpPart,
  kTcpDuplicate,
  kTcpDropped,
  kTcpNoPayload,
  kShortFrame,
  kBadIpHeader,
  kMalformedMessage,
  kCount,
};
inline constexpr size_t kDispositions = static_cast<size_t>(Disposition::kCount);

// What a disposition says of the frame in the sum
// seen = counted + ignored + malformed + held.
enum class FrameFate : uint8_t { kCounted, kIgnored, kMalformed };

struct DispositionEntry {
  std::string_view name;
  FrameFate fate;
  std::string_view meaning;
};

inline constexpr std::array<DispositionEntry, kDispositions> kDispositionTable = {{
    {"message", FrameFate::kCounted, "at least one DNS message was decoded"},
    {"unsupported_link_type", FrameFate::kIgnored, "the interface's framing is not known"},
    {"not_ip", FrameFate::kIgnored, "neither IPv4 nor IPv6 (ARP, LLDP, …)"},
    {"not_udp_or_tcp", FrameFate::kIgnored, "another protocol above IP"},
    {"icmp", FrameFate::kIgnored, "ICMP; a DNS message quoted in an error is not DNS traffic"},
    {"tunnel", FrameFate::kIgnored, "an encapsulation that cannot be opened"},
    {"fragment", FrameFate::kCounted,
     "an IP fragment; what its datagram holds is told by the frame that completed it"},
    {"fragment_duplicate", FrameFate::kIgnored, "an IP fragment that came before"},
    {"fragment_incomplete", FrameFate::kIgnored,
     "an IP fragment whose datagram was not completed, or whose fragments overlap (RFC 5722)"},
    {"not_dns_port", FrameFate::kIgnored, "neither port carries DNS (--ports)"},
    {"encrypted", FrameFate::kIgnored, "port 853: DNS over TLS or QUIC"},
    {"mdns", FrameFate::kIgnored, "multicast DNS, port 5353 (RFC 6762)"},
    {"llmnr", FrameFate::kIgnored, "LLMNR, port 5355 (RFC 4795)"},
    {"tcp_part", FrameFate::kCounted,
     "a TCP segment with a part of a message that other segments complete"},
    {"tcp_duplicate", FrameFate::kIgnored, "a TCP segment with nothing new: sent again, keepalive"},
    {"tcp_dropped", FrameFate::kIgnored,
     "a TCP segment far from its stream, or before it is known where a message begins"},
    {"tcp_no_payload", FrameFate::kIgnored, "a TCP segment without data (SYN, ACK, FIN, RST)"},
    {"short_frame", FrameFate::kMalformed, "cut off in a link, tunnel, IP, UDP or TCP header"},
    {"bad_ip_header", FrameFate::kMalformed, "IP version or header length is impossible"},
    {"malformed_message", FrameFate::kMalformed, "fewer than the 12 bytes of a DNS header"},
}};

// Why a message could not be counted.
enum class Malformed : uint8_t { kShortHeader, kCount };
inline constexpr size_t kMalformedReasons = static_cast<size_t>(Malformed::kCount);
inline constexpr std::array<std::string_view, kMalformedReasons> kMalformedNames = {"short_header"};

// What is wrong behind the header of a response that is counted all the same.
enum class Anomaly : uint8_t {
  kQuestionMultiple,
  kQuestionInvalid,
  kRecordInvalid,
  kCountsBeyondEnd,
  kTrailingBytes,
  kOptMultiple,
  kOptMisplaced,
  kOptOwnerNotRoot,
  kOptRdlenPastEnd,
  kOptOptionOverrun,
  kEdeShort,
  kEdeTooMany,
  kTsigMisplaced,
  kTsigInvalid,
  kTsigStray,
  kTkeyMisplaced,
  kTkeyInvalid,
  kTkeyStray,
  kCount,
};
inline constexpr size_t kAnomalies = static_cast<size_t>(Anomaly::kCount);

struct AnomalyEntry {
  std::string_view name;
  std::string_view meaning;
};

inline constexpr std::array<AnomalyEntry, kAnomalies> kAnomalyTable = {{
    {"question_multiple", "more than one question; the first is used"},
    {"question_invalid", "the question's name or fields cannot be read"},
    {"record_invalid", "a record cannot be passed over: bad label or length past the end"},
    {"counts_beyond_end", "the header announces more records than there are"},
    {"trailing_bytes", "bytes behind the last record"},
    {"opt_multiple", "more than one OPT record; the first is used (RFC 6891 §6.1.1)"},
    {"opt_misplaced", "an OPT record outside the additional section; not used"},
    {"opt_owner_not_root", "an OPT record whose owner is not the root; not used (RFC 6891 §6.1.2)"},
    {"opt_rdlen_past_end", "an OPT record longer than the message; not used"},
    {"opt_option_overrun", "an EDNS option longer than its OPT record"},
    {"ede_short", "an Extended DNS Error without an INFO-CODE (RFC 8914 §2)"},
    {"ede_too_many", "more than 8 Extended DNS Errors; the first 8 are counted"},
    {"tsig_misplaced", "a TSIG record that is not the last additional one (RFC 8945 §5.1)"},
    {"tsig_invalid", "a TSIG record whose fields up to its error cannot be read"},
    {"tsig_stray", "a TSIG error beside a code other than NOTAUTH; not used (RFC 8945 §5.3)"},
    {"tkey_misplaced", "a TKEY record outside the answer section (RFC 2930 §4.1)"},
    {"tkey_invalid", "a TKEY record whose fields up to its error cannot be read"},
    {"tkey_stray", "a TKEY error beside a code other than NOERROR; not used (RFC 2930 §2.6)"},
}};

}  // namespace rcodescope
