#include "tests/pipeline/traffic.h"

#include <algorithm>
#include <utility>

#include "tests/support/frames.h"

namespace rcodescope {
namespace {

constexpr int64_t kBegin = 1'767'225'600 * kNanosPerSecond;  // 2026-01-01T00:00:00Z
constexpr int64_t kGap = 40 * kNanosPerSecond;
constexpr int64_t kResponseTime = 1'500'000;
constexpr size_t kLargestFrame = 65'536;

// One kind of response.
struct Kind {
  Rcode rcode;
  DnsMessage message;
};

std::vector<Kind> Kinds() {
  const auto dns = [](uint16_t code) { return Rcode{RcodeSpace::kDns, code}; };
  std::vector<Kind> kinds;
  for (const uint8_t code : std::array<uint8_t, 8>{0, 0, 3, 0, 2, 5, 1, 15}) {
    kinds.push_back({dns(code), {.rcode = code}});
  }
  kinds.push_back({dns(0), {.answers = {A()}, .additional = {Opt()}}});
  kinds.push_back({dns(23), {.rcode = 7, .additional = {Opt({.extended_rcode = 1})}}});
  kinds.push_back({dns(3841), {.rcode = 1, .additional = {Opt({.extended_rcode = 240})}}});
  kinds.push_back({dns(2), {.rcode = 2, .additional = {Opt({.options = Ede(22)})}}});
  kinds.push_back({{RcodeSpace::kTsig, 18}, {.rcode = 9, .additional = {Tsig({.error = 18})}}});
  kinds.push_back({{RcodeSpace::kTkey, 20}, {.answers = {Tkey(20)}}});
  kinds.push_back({dns(8), {.opcode = 5, .rcode = 8}});
  kinds.push_back({dns(4), {.rcode = 4, .questions = {}}});
  return kinds;
}

struct Host {
  bool ipv6 = false;
  std::array<uint8_t, 4> v4{};
  std::array<uint8_t, 16> v6{};

  std::string Text() const {
    IpAddress address = ipv6 ? IpAddress{v6} : IpAddress{};
    if (!ipv6) address = IpAddress::FromIpv4(reinterpret_cast<const std::byte*>(v4.data()));
    return address.ToString();
  }
};

Host MakeHost(bool ipv6, uint8_t role, size_t number) {
  const auto octet = [number](int shift) { return static_cast<uint8_t>(number >> shift & 255); };
  Host host{.ipv6 = ipv6};
  host.v4 = {role, octet(16), octet(8), octet(0)};
  host.v6 = {0x20, 0x01, 0x0d, 0xb8, role};
  std::copy_n(host.v4.begin() + 1, 3, host.v6.begin() + 13);
  return host;
}

Bytes Wrap(const Bytes& message, const Host& from, const Host& to, uint16_t source,
           uint16_t destination, bool tcp) {
  const Payload payload =
      tcp ? Tcp(LengthPrefixed(message), {.source = source, .destination = destination})
          : Udp(message, {.source = source, .destination = destination});
  return Ethernet(from.ipv6 ? Ipv6(payload, {.source = from.v6, .destination = to.v6})
                            : Ipv4(payload, {.source = from.v4, .destination = to.v4}));
}

std::string ZoneText(size_t zone, size_t label_size) {
  std::string label = "zone" + std::to_string(zone);
  if (label.size() < label_size) label.append(label_size - label.size(), 'z');
  return label + ".com.";
}

}  // namespace

Traffic MakeTraffic(const TrafficShape& shape) {
  const std::vector<Kind> kinds = Kinds();
  Traffic traffic;
  int64_t at = kBegin;
  for (size_t i = 0; i < shape.exchanges; ++i) {
    // Numbers without a common rhythm, so that every key gets every kind.
    const size_t client_number = i * 7 % shape.clients;
    const bool ipv6 = client_number % 3 == 0;
    const Host client = MakeHost(ipv6, 10, client_number);
    const Host server = MakeHost(ipv6, 53, i * 5 % shape.servers);
    const std::string zone = ZoneText(i * 11 % shape.zones, shape.zone_label);
    const auto port = static_cast<uint16_t>(20'000 + i % 30'000);
    const bool tcp = i % 13 == 0;
    const Kind& kind = kinds[i / 3 % kinds.size()];

    DnsMessage message = kind.message;
    message.id = static_cast<uint16_t>(i);
    for (DnsQuestion& question : message.questions) {
      const std::string host = message.opcode == 0 ? "WWW" + std::to_string(i % 4) + "." : "";
      question.name = Name(host + zone.substr(0, zone.size() - 1));
    }
    const DnsMessage query{.id = message.id,
                           .response = false,
                           .opcode = message.opcode,
                           .questions = message.questions};
    traffic.frames.push_back({{at}, Wrap(Wire(query), client, server, port, 53, tcp)});
    traffic.frames.push_back(
        {{at + kResponseTime}, Wrap(Wire(message), server, client, 53, port, tcp)});
    if (i % 10 == 0) {
      traffic.frames.push_back(
          {{at + kResponseTime}, Wrap(Fill(40), client, server, port, 123, false)});
    }
    ++traffic.queries;
    ++traffic.responses;
    ++traffic.rcodes[kind.rcode];
    const auto count = [&](Dimension dimension, const std::string& key) {
      ++traffic.keys[static_cast<size_t>(dimension)][key][kind.rcode];
    };
    count(Dimension::kServer, server.Text());
    count(Dimension::kClient, client.Text());
    if (!message.questions.empty()) count(Dimension::kZone, zone);
    at += shape.spacing;
    if (i == shape.exchanges / 2) at += kGap;
    if (i == shape.exchanges / 2 + 1) traffic.frames.back().time.ns -= kGap / 2;
  }
  return traffic;
}

MemorySource::MemorySource(const std::vector<TimedFrame>& frames, int64_t slice)
    : frames_(frames), intake_(slice, nullptr) {
  size_t largest = 0;
  for (const TimedFrame& frame : frames) largest = std::max(largest, frame.bytes.size());
  bytes_.resize(PacketBatch::kCapacity * largest);
}

PollResult MemorySource::Poll(PacketBatch& batch) {
  intake_.Begin(batch);
  for (; next_ < frames_.size() && !intake_.full(); ++next_) {
    const TimedFrame& frame = frames_[next_];
    const auto size = static_cast<uint32_t>(frame.bytes.size());
    Packet packet{.data = frame.bytes.data(),
                  .time = frame.time,
                  .captured = size,
                  .wire = size,
                  .link_type = LinkType::kEthernet};
    if (intake_.Offer(packet) == Intake::Verdict::kNextBatch) break;
  }
  if (batch.size == 0) return PollResult::kEnd;
  std::fill(bytes_.begin(), bytes_.end(), std::byte{0xff});
  std::byte* place = bytes_.data();
  for (size_t i = 0; i < batch.size; ++i) {
    Packet& packet = batch.packets[i];
    const std::byte* const data = std::exchange(packet.data, place);
    place = std::copy_n(data, packet.captured, place);
  }
  return PollResult::kPackets;
}

}  // namespace rcodescope
