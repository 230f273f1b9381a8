// What a traffic generator made, counted as each frame left it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "bench/dns_messages.h"
#include "parse/observation.h"

namespace rcodescope {

// What one frame is, for the count.
enum class FrameKind : uint8_t {
  kUdpMessage,  // a whole DNS message
  kFragment,    // of a DNS response over UDP
  kTcpMessage,  // one DNS message with its length prefix
  kTcpSegment,  // a part of one
  kTcpControl,  // SYN, ACK, FIN: no payload
  kIcmp,        // echo, or an error that quotes a DNS response
  kOtherUdp,    // NTP
  kArp,
  kCount,
};
inline constexpr size_t kFrameKinds = static_cast<size_t>(FrameKind::kCount);
inline constexpr std::array<std::string_view, kFrameKinds> kFrameKindNames = {
    "udp_message", "udp_fragment", "tcp_message", "tcp_segment",
    "tcp_control", "icmp",         "other_udp",   "arp"};

struct FrameFacts {
  FrameKind kind = FrameKind::kArp;
  bool ipv6 = false;
  bool vlan = false;
  // Of a message in several frames: is this the first, the last of them to leave?
  bool begins_message = false;
  bool ends_message = false;
  MessageFacts message;  // where the frame ends one
};

struct MessageCounts {
  uint64_t queries = 0;
  uint64_t responses = 0;
  uint64_t with_opt = 0;      // queries and responses
  uint64_t opt_not_last = 0;  // with an additional record behind it
  std::array<uint64_t, 16> rcodes{};
  std::array<uint64_t, kAnswerKinds> kinds{};
  std::map<uint16_t, uint64_t> ede;

  void Count(const MessageFacts& message);
};

struct TrafficLedger {
  uint64_t packets = 0;
  uint64_t bytes = 0;  // on the wire
  uint64_t ipv6 = 0;
  uint64_t vlan = 0;
  std::array<uint64_t, kFrameKinds> frames{};
  MessageCounts whole;     // messages in one frame each, over UDP or TCP
  MessageCounts complete;  // those and the ones of which all fragments or segments left
  // Messages of which some frames have left and others have not.
  uint64_t begun = 0;

  void Count(const FrameFacts& facts, size_t length);

  uint64_t Frames(FrameKind kind) const { return frames[static_cast<size_t>(kind)]; }
  uint64_t tcp_data() const {
    return Frames(FrameKind::kTcpMessage) + Frames(FrameKind::kTcpSegment);
  }

  // One line of JSON with keys in a fixed order.
  std::string ToJson() const;
};

}  // namespace rcodescope
