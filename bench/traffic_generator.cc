#include "bench/traffic_generator.h"

#include <utility>

#include "parse/protocol.h"

namespace rcodescope {
namespace {

constexpr uint32_t kNone = UINT32_MAX;
constexpr int64_t kSlot = 10'000;  // ns
constexpr int64_t kMicrosecond = 1'000;
constexpr uint32_t kFirstPort = 1024;  // of clients
constexpr uint32_t kConnections = 64;  // at most, at a time
// What a slot with nothing due is used for, in 1/100 % of all frames. One piece of noise makes 1.65
// frames.
constexpr uint32_t kUdpAnswered = 4675;
constexpr uint32_t kUdpUnanswered = 50;
constexpr uint32_t kTcp = 125;
constexpr uint32_t kNoise = 119;

// Fragmented responses in 1/100 % of all frames, 2.24 fragments each, and their sizes.
constexpr uint32_t kUdpLarge = 43;
constexpr uint16_t kSmallestLarge = 1500;
constexpr uint16_t kLargestLarge = 3400;

}  // namespace

TrafficGenerator::TrafficGenerator(const TrafficOptions& options)
    : random_(options.seed),
      population_(options.population),
      slot_(options.begin.ns),
      connections_(kConnections),
      current_(kNone) {}

Packet TrafficGenerator::Next() {
  if (current_ != kNone) free_frames_.push_back(current_);
  now_ = slot_ + random_.Below(kSlot);
  slot_ += kSlot;
  bool done = false;
  while (!done && !events_.empty() && events_.top().due <= now_) {
    const Event event = events_.top();
    events_.pop();
    done = Handle(event);
  }
  if (!done) Fresh();
  const Frame& frame = *frames_[current_];
  ledger_.Count(frame.facts, frame.size);
  Packet packet;
  packet.data = frame.bytes.data();
  packet.time = {now_};
  packet.frame = ledger_.packets;
  packet.captured = packet.wire = static_cast<uint32_t>(frame.size);
  packet.link_type = LinkType::kEthernet;
  return packet;
}

bool TrafficGenerator::Handle(const Event& event) {
  switch (event.action) {
    case Action::kFrame: Emit(event.index); return true;
    case Action::kResponse: SendResponse(event.index); return true;
    case Action::kTcpQuery: SendTcpQuery(event.index); return true;
    case Action::kTcpResponse: SendTcpResponse(event.index); return true;
    case Action::kTcpIdle: return CloseOrRest(event.index);
    case Action::kTcpClosed: break;
  }
  connections_[event.index].state = Connection::State::kClosed;
  return false;
}

void TrafficGenerator::Fresh() {
  const uint32_t roll = random_.Below(kUdpAnswered + kUdpUnanswered + kTcp + kNoise);
  if (roll < kUdpAnswered + kUdpUnanswered) {
    SendQuery(roll < kUdpAnswered);
  } else if (roll < kUdpAnswered + kUdpUnanswered + kTcp) {
    SendTcpRequest();
  } else {
    SendNoise();
  }
}

void TrafficGenerator::Schedule(int64_t due, Action action, uint32_t index) {
  events_.push({due, next_serial_++, index, action});
}

// 0.3 to 9.3 ms, 2.55 ms on average: the product of two even distributions.
int64_t TrafficGenerator::ResponseTime() {
  return 300 * kMicrosecond + int64_t{random_.Below(3000)} * random_.Below(3000);
}

Exchange TrafficGenerator::NewExchange() {
  Exchange exchange;
  exchange.client = population_.DrawClient(random_);
  exchange.server = population_.DrawServer(Population::IsIpv6(exchange.client), random_);
  exchange.port = static_cast<uint16_t>(kFirstPort + random_.Below(65536 - kFirstPort));
  DrawExchange(population_, random_, exchange);
  return exchange;
}

Route TrafficGenerator::RouteOf(const Exchange& exchange, bool upstream) {
  Route route;
  const bool ipv6 = Population::IsIpv6(exchange.client);
  route.from = Population::ClientHost(exchange.client);
  route.to = Population::ServerHost(exchange.server, ipv6);
  route.from_port = exchange.port;
  route.to_port = kDnsPort;
  route.vlan = Population::ClientVlan(exchange.client);
  route.checksum = exchange.client % 16 != 5;
  route.hops = static_cast<uint8_t>(64 - exchange.client % 7);
  if (!upstream) {
    std::swap(route.from, route.to);
    std::swap(route.from_port, route.to_port);
    route.hops = static_cast<uint8_t>(64 - exchange.server % 9);
    route.downstream = true;
  }
  return route;
}

void TrafficGenerator::SendQuery(bool answered) {
  Exchange exchange = NewExchange();
  // Only answers become large, so that the shares of the RCODEs stay.
  if (answered && exchange.outcome == Outcome::kAnswer &&
      random_.Below(kUdpAnswered * kAnswersPerMille) < kUdpLarge * 1000) {
    MakeLarge(static_cast<uint16_t>(kSmallestLarge + random_.Below(kLargestLarge - kSmallestLarge)),
              exchange);
  }
  ByteWriter message(message_);
  const MessageFacts facts = WriteQuery(exchange, population_, message);
  const Route route = RouteOf(exchange, true);
  const uint32_t frame = NewFrame(route, FrameKind::kUdpMessage, [&](ByteWriter& out) {
    WriteUdpFrame(route, NextIpId(), message.written(), out);
  });
  frames_[frame]->facts.message = facts;
  Emit(frame);
  if (!answered) return;

  if (free_exchanges_.empty()) {
    free_exchanges_.push_back(static_cast<uint32_t>(exchanges_.size()));
    exchanges_.emplace_back();
  }
  const uint32_t index = free_exchanges_.back();
  free_exchanges_.pop_back();
  exchanges_[index] = exchange;
  Schedule(now_ + ResponseTime(), Action::kResponse, index);
}

void TrafficGenerator::SendResponse(uint32_t index) {
  const Exchange& exchange = exchanges_[index];
  free_exchanges_.push_back(index);
  ByteWriter message(message_);
  const MessageFacts facts = WriteResponse(exchange, population_, random_, message);
  const Route route = RouteOf(exchange, false);
  const size_t ip_header = route.ipv6() ? kIpv6HeaderSize : kIpv4HeaderSize;
  if (ip_header + kUdpHeaderSize + message.size() > kMtu) {
    SendFragments(route, facts, message.written());
    return;
  }
  const uint32_t frame = NewFrame(route, FrameKind::kUdpMessage, [&](ByteWriter& out) {
    WriteUdpFrame(route, NextIpId(), message.written(), out);
  });
  frames_[frame]->facts.message = facts;
  Emit(frame);
}

void TrafficGenerator::SendFragments(const Route& route, const MessageFacts& message,
                                     std::span<const std::byte> payload) {
  ByteWriter datagram(datagram_);
  WriteUdpDatagram(route, payload, datagram);
  const size_t capacity = FragmentCapacity(route.ipv6());
  const size_t count = (datagram.size() + capacity - 1) / capacity;
  const uint32_t id = next_ip_id_++;
  const bool reversed = random_.OneIn(8);
  int64_t due = now_;
  for (size_t place = 0; place < count; ++place) {
    const size_t offset = (reversed ? count - 1 - place : place) * capacity;
    const uint32_t frame = NewFrame(route, FrameKind::kFragment, [&](ByteWriter& out) {
      const Fragment fragment{offset, offset + capacity < datagram.size(), id};
      WriteFragmentFrame(route, fragment, datagram.written(), out);
    });
    FrameFacts& facts = frames_[frame]->facts;
    facts.message = message;
    facts.begins_message = place == 0;
    facts.ends_message = place + 1 == count;
    if (place == 0) {
      Emit(frame);
    } else {
      EmitAt(due, frame);
    }
    due += (5 + random_.Below(60)) * kMicrosecond;
  }
}

uint32_t TrafficGenerator::NewFrame(const Route& route, FrameKind kind) {
  uint32_t index;
  if (free_frames_.empty()) {
    index = static_cast<uint32_t>(frames_.size());
    frames_.push_back(std::make_unique<Frame>());
  } else {
    index = free_frames_.back();
    free_frames_.pop_back();
  }
  FrameFacts& facts = frames_[index]->facts;
  facts = {};
  facts.kind = kind;
  facts.ipv6 = route.ipv6();
  facts.vlan = route.vlan != 0;
  return index;
}

}  // namespace rcodescope
