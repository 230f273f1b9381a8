#include "tests/parse/tcp_traffic.h"

#include <algorithm>

namespace rcodescope {

void TcpMessages::OnMessage(const TcpFlow& flow, Timestamp time, Cursor message,
                            uint32_t& /*note*/) {
  const auto captured = message.captured();
  all.push_back({flow, time, Bytes(captured.begin(), captured.end()), message.wire()});
}

std::vector<Bytes> TcpMessages::bytes() const {
  std::vector<Bytes> bytes;
  for (const Message& message : all) bytes.push_back(message.captured);
  return bytes;
}

TcpFlow TcpFlowTo(uint16_t port, uint32_t tap) {
  TcpFlow flow;
  const Bytes source = Hex("c0000235");
  const Bytes destination = Hex("c6336407");
  flow.source = IpAddress::FromIpv4(source.data());
  flow.destination = IpAddress::FromIpv4(destination.data());
  flow.source_port = 53;
  flow.destination_port = port;
  flow.tap.vni = tap;
  return flow;
}

TcpVerdict TcpTraffic::Send(size_t offset, uint8_t flags, const Bytes& data,
                            std::optional<size_t> captured) {
  // A copy of its own, so that reading past its end is found out.
  const Bytes kept(data.begin(),
                   data.begin() + static_cast<std::ptrdiff_t>(captured.value_or(data.size())));
  TcpSegment segment;
  segment.flow = flow;
  segment.sequence = initial_ + 1 + static_cast<uint32_t>(offset);
  segment.flags = flags;
  segment.payload = Cursor(kept, data.size());
  return streams.Add(segment, now, messages);
}

TcpVerdict TcpTraffic::Syn(const Bytes& data) {
  return Send(~size_t{0}, kTcpSyn, data);  // the number before the first byte
}

TcpVerdict TcpTraffic::Fin(size_t offset, const Bytes& data) { return Send(offset, kTcpFin, data); }

TcpVerdict TcpTraffic::Rst(size_t offset) { return Send(offset, kTcpRst, {}); }

TcpVerdict TcpTraffic::Data(size_t offset, const Bytes& data, std::optional<size_t> captured) {
  return Send(offset, 0, data, captured);
}

TcpVerdict TcpTraffic::Part(const Bytes& stream, size_t from, size_t size) {
  const size_t end = std::min(from + size, stream.size());
  return Data(from, Bytes(stream.begin() + static_cast<std::ptrdiff_t>(from),
                          stream.begin() + static_cast<std::ptrdiff_t>(end)));
}

// Ids and all that follows the header are bytes whose bits, read as the first of the flags, are an
// opcode that is not assigned.
Bytes OpaqueMessage(uint32_t number, size_t size) {
  uint32_t random = number;
  const auto opaque = [&random] {
    random = random * 1'664'525 + 1'013'904'223;
    return std::byte((random >> 24 & 0x87) | 0x78);
  };
  Bytes message = Join(Fill(2), U16(0x8180), U16(1), Fill(6));
  message[0] = std::byte{0xf8};
  message[1] = opaque();
  while (message.size() < size) message.push_back(opaque());
  return message;
}

Bytes TcpStreamOf(const std::vector<Bytes>& messages) {
  Bytes stream;
  for (const Bytes& message : messages) {
    const Bytes prefixed = LengthPrefixed(message);
    stream.insert(stream.end(), prefixed.begin(), prefixed.end());
  }
  return stream;
}

}  // namespace rcodescope
