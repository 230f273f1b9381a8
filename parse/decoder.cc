#include "parse/decoder.h"

#include <algorithm>

#include "capture/bytes.h"

namespace rcodescope {
namespace {

constexpr size_t kLengthPrefix = 2;  // RFC 1035 §4.2.2

// UDP ports of encapsulations: VXLAN RFC 7348 §5, Geneve RFC 8926 §3.3, GTP-U 3GPP TS 29.281,
// Teredo RFC 4380 §2.7.
constexpr std::array<uint16_t, 4> kTunnelPorts = {4789, 6081, 2152, 3544};

bool Either(const Segment& segment, uint16_t port) {
  return segment.source_port == port || segment.destination_port == port;
}

// True when length-prefixed messages, none shorter than a header, fill the payload exactly.
bool HoldsWholeMessages(Cursor payload) {
  while (payload.wire() != 0) {
    const std::byte* prefix = payload.Take(kLengthPrefix);
    if (prefix == nullptr) return false;
    const size_t length = Be16(prefix);
    if (length < kDnsHeaderSize || payload.captured().size() < kDnsHeaderSize) return false;
    if (length == payload.wire()) return true;
    if (length > payload.wire() || payload.Take(length) == nullptr) return false;
  }
  return true;
}

}  // namespace

void Decoder::Decode(const Packet& packet) {
  const Disposition disposition = DecodeFrame(packet);
  ++stats_.dispositions[static_cast<size_t>(disposition)];
}

void Decoder::Flush() {
  if (batch_.size() == 0) return;
  sink_.Consume(batch_);
  batch_.Clear();
}

Disposition Decoder::DecodeFrame(const Packet& packet) {
  Segment segment;
  if (const auto ended = DissectFrame(packet, segment)) return *ended;
  if (!ports_.ContainsEither(segment.source_port, segment.destination_port)) {
    return OtherPort(segment);
  }
  return segment.transport == Transport::kUdp ? DecodeUdp(packet, segment)
                                              : DecodeTcp(packet, segment);
}

Disposition Decoder::OtherPort(const Segment& segment) const {
  if (Either(segment, kDnsOverTlsPort)) return Disposition::kEncrypted;
  if (Either(segment, kLlmnrPort)) return Disposition::kLlmnr;
  if (segment.transport == Transport::kTcp) return Disposition::kNotDnsPort;
  if (Either(segment, kMdnsPort)) return Disposition::kMdns;
  const auto* const tunnel =
      std::find(kTunnelPorts.begin(), kTunnelPorts.end(), segment.destination_port);
  return tunnel == kTunnelPorts.end() ? Disposition::kNotDnsPort : Disposition::kTunnel;
}

Disposition Decoder::DecodeUdp(const Packet& packet, const Segment& segment) {
  if (segment.payload.captured().size() < kDnsHeaderSize) {
    ++stats_.malformed[static_cast<size_t>(Malformed::kShortHeader)];
    return Disposition::kMalformedMessage;
  }
  DecodeOne(packet, segment, segment.payload);
  return Disposition::kMessage;
}

Disposition Decoder::DecodeTcp(const Packet& packet, const Segment& segment) {
  Cursor payload = segment.payload;
  if (payload.wire() == 0) return Disposition::kTcpNoPayload;
  if (!HoldsWholeMessages(payload)) return Disposition::kTcpIncomplete;
  while (payload.wire() != 0) {
    const size_t length = Be16(payload.Take(kLengthPrefix));
    Cursor message = payload;
    message.Limit(length);
    DecodeOne(packet, segment, message);
    if (payload.Take(length) == nullptr) break;  // cut off in the last one
  }
  return Disposition::kMessage;
}

void Decoder::DecodeOne(const Packet& packet, const Segment& segment, Cursor message) {
  if (batch_.full()) Flush();
  Observation& out = batch_.Add();
  out.time = packet.time;
  out.frame = packet.frame;
  out.transport = segment.transport;
  out.family = segment.family;
  out.tap = {packet.interface, segment.vlan};
  DecodeMessage(message, out, batch_, stats_.anomalies);
  // The source of a response is the server, whichever the ports are.
  const std::byte* const from = segment.source_address;
  const std::byte* const to = segment.destination_address;
  out.client = IpAddress::From(segment.family, out.is_response ? to : from);
  out.server = IpAddress::From(segment.family, out.is_response ? from : to);
  out.client_port = out.is_response ? segment.destination_port : segment.source_port;
  ++stats_.messages;
}

}  // namespace rcodescope
