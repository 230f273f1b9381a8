#include "bench/incidents/slice_frames.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "bench/message_writer.h"
#include "parse/protocol.h"

namespace rcodescope {
namespace {

constexpr uint16_t kFlagResponse = 0x8000;  // RFC 1035 §4.1.1, as those below
constexpr uint16_t kFlagsQuery = 0x0100;    // RD
constexpr uint16_t kClassIn = 1;
constexpr uint16_t kPointer = 0xc000;  // RFC 1035 §4.1.4

Host HostOf(const IpAddress& address) {
  Host host;
  host.ipv6 = address.family() == Family::kIpv6;
  std::memcpy(host.address.data(), address.Bytes(address.family()), host.ipv6 ? 16 : 4);
  return host;
}

// `name` in presentation form, without escapes, with a trailing dot.
void WriteName(std::string_view name, ByteWriter& out) {
  while (name.size() > 1) {
    const size_t dot = name.find('.');
    out.U8(static_cast<uint8_t>(dot));
    out.Text(name.substr(0, dot));
    name.remove_prefix(dot + 1);
  }
  out.U8(0);
}

void WriteOpt(int16_t info_code, ByteWriter& out) {
  out.U8(0);
  out.U16(kTypeOpt);
  out.U16(1232);
  out.U32(0);
  if (info_code == kNoInfoCode) {
    out.U16(0);
    return;
  }
  out.U16(6);
  out.U16(kOptionEde);
  out.U16(2);
  out.U16(static_cast<uint16_t>(info_code));
}

// The owner is at an offset into the message.
void WriteSoa(uint16_t owner, ByteWriter& out) {
  out.U16(kPointer | owner);
  out.U16(kTypeSoa);
  out.U16(kClassIn);
  out.U32(900);
  out.U16(24);
  out.U16(kPointer | owner);
  out.U16(kPointer | owner);
  for (const uint32_t value : {1U, 7200U, 3600U, 1209600U, 900U}) out.U32(value);
}

}  // namespace

SliceFrame& SliceFrames::NewFrame(Timestamp time) {
  SliceFrame& frame = frames_.emplace_back();
  frame.time = time;
  return frame;
}

std::string SliceFrames::Label(const Cell& cell) {
  if (!cell.fresh) return "h" + std::to_string(cell.name);
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz234567";
  std::string label;
  for (int i = 0; i < 14; ++i) label += kLetters[random_.Below(32)];
  return label;
}

// NXDOMAIN and a NOERROR without the type asked for carry the zone's SOA, others nothing.
size_t SliceFrames::WriteMessage(const Cell& cell, std::string_view label, uint16_t id,
                                 bool response, std::span<std::byte> buffer) {
  ByteWriter out(buffer);
  const bool soa = response && (cell.code == kRcodeNxDomain || cell.code == kRcodeNoError);
  const bool opt = cell.client % 4 != 0 || cell.info_code != kNoInfoCode;
  out.U16(id);
  out.U16(response ? static_cast<uint16_t>(kFlagResponse | kFlagsQuery | cell.code) : kFlagsQuery);
  out.U16(1);
  out.U16(0);
  out.U16(soa ? 1 : 0);
  out.U16(opt ? 1 : 0);
  out.U8(static_cast<uint8_t>(label.size()));
  out.Text(label);
  const auto zone_at = static_cast<uint16_t>(out.size());
  WriteName(sensor_.zones[cell.zone], out);
  out.U16(cell.qtype);
  out.U16(kClassIn);
  if (soa) WriteSoa(zone_at, out);
  if (opt) WriteOpt(response ? cell.info_code : kNoInfoCode, out);
  return out.size();
}

void SliceFrames::AddExchange(const Slice& slice, const Cell& cell) {
  const std::string label = Label(cell);
  const uint16_t id = random_.Bits16();
  const IpAddress client = Sensor::Client(cell.client);
  Route route;
  route.from = HostOf(client);
  route.to = HostOf(sensor_.Server(cell.server, client.family()));
  route.from_port = static_cast<uint16_t>(1024 + random_.Below(60'000));
  route.to_port = kDnsPort;
  const Timestamp sent{slice.begin.ns +
                       static_cast<int64_t>(random_.Below(994'000)) * (slice.length / 1'000'000)};
  const int64_t took = 300'000 + static_cast<int64_t>(random_.Below(5'000'000));
  std::array<std::byte, 512> message;
  const std::span<std::byte> buffer(message);

  for (const bool response : {false, true}) {
    const size_t size = WriteMessage(cell, label, id, response, buffer);
    SliceFrame& frame = NewFrame({response ? sent.ns + took : sent.ns});
    ByteWriter out(frame.bytes);
    WriteUdpFrame(route, id, buffer.first(size), out);
    frame.size = out.size();
    std::swap(route.from, route.to);
    std::swap(route.from_port, route.to_port);
    route.downstream = true;
  }
}

const std::vector<SliceFrame>& SliceFrames::Of(const Slice& slice) {
  frames_.clear();
  for (uint16_t server = 0; server < slice.answered.size(); ++server) {
    for (uint64_t i = 0; i < slice.answered[server]; ++i) {
      Cell cell;
      cell.server = server;
      cell.client = random_.Below(sensor_.usual_clients);
      cell.zone = random_.Below(sensor_.usual_zones);
      cell.name = random_.Below(50);
      AddExchange(slice, cell);
    }
  }
  for (const Cell& cell : slice.errors) {
    for (uint64_t i = 0; i < cell.responses; ++i) AddExchange(slice, cell);
  }
  std::sort(frames_.begin(), frames_.end(),
            [](const SliceFrame& a, const SliceFrame& b) { return a.time < b.time; });
  return frames_;
}

}  // namespace rcodescope
