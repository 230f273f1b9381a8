#include "bench/traffic_generator.h"

namespace rcodescope {
namespace {

constexpr uint16_t kNtpPort = 123;     // RFC 5905 §7.2
constexpr size_t kNtpPacketSize = 48;  // RFC 5905 §7.3
constexpr uint8_t kNtpClient = 0x23;   // version 4, mode 3
constexpr uint8_t kNtpServer = 0x24;   // version 4, mode 4

}  // namespace

// 40 % NTP and 25 % echoes, each of which is answered; 15 % errors, 20 % ARP: 1.65 frames.
void TrafficGenerator::SendNoise() {
  const Exchange exchange = NewExchange();
  Route there = RouteOf(exchange, true);
  Route back = RouteOf(exchange, false);
  const uint32_t roll = random_.Below(100);
  if (roll < 40) {
    there.from_port = there.to_port = back.from_port = back.to_port = kNtpPort;
    SendNtp(there, back);
  } else if (roll < 65) {
    SendEcho(there, back);
  } else if (roll < 80) {
    SendUnreachable(exchange);
  } else {
    SendArp();
  }
}

void TrafficGenerator::SendNtp(const Route& there, const Route& back) {
  const auto packet = [this](const Route& route, uint8_t mode) {
    return NewFrame(route, FrameKind::kOtherUdp, [&](ByteWriter& out) {
      std::array<std::byte, kNtpPacketSize> payload{std::byte{mode}, std::byte{2}, std::byte{6}};
      WriteUdpFrame(route, NextIpId(), payload, out);
    });
  };
  Emit(packet(there, kNtpClient));
  EmitAt(now_ + ResponseTime(), packet(back, kNtpServer));
}

void TrafficGenerator::SendEcho(const Route& there, const Route& back) {
  const uint16_t id = random_.Bits16();
  const auto packet = [this, id](const Route& route, bool reply) {
    return NewFrame(route, FrameKind::kIcmp,
                    [&](ByteWriter& out) { WriteEchoFrame(route, reply, id, 1, out); });
  };
  Emit(packet(there, false));
  EmitAt(now_ + ResponseTime(), packet(back, true));
}

// A client that has closed its port complains about a response, which is quoted.
void TrafficGenerator::SendUnreachable(const Exchange& exchange) {
  ByteWriter message(message_);
  WriteResponse(exchange, population_, random_, message);
  Route response = RouteOf(exchange, false);
  response.vlan = 0;
  ByteWriter quoted(datagram_);
  WriteUdpFrame(response, NextIpId(), message.written(), quoted);
  const Route route = RouteOf(exchange, true);
  Emit(NewFrame(route, FrameKind::kIcmp, [&](ByteWriter& out) {
    WriteUnreachableFrame(route, quoted.written_from(kEthernetHeaderSize), out);
  }));
}

void TrafficGenerator::SendArp() {
  Route route;
  route.from.address = {std::byte{192}, std::byte{0}, std::byte{2}, std::byte{1}};
  route.to.address = {std::byte{192}, std::byte{0}, std::byte{2}, std::byte{2}};
  route.downstream = true;
  Emit(NewFrame(route, FrameKind::kArp, [&](ByteWriter& out) { WriteArpFrame(route, out); }));
}

}  // namespace rcodescope
