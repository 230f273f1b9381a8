#include "bench/flood_frames.h"

#include <array>
#include <vector>

#include "bench/frames.h"
#include "parse/protocol.h"

namespace rcodescope {
namespace {

constexpr uint8_t kSources = 0xf0;  // first byte of 240.0.0.0/4
constexpr uint64_t kRoseSources = 64;
constexpr size_t kLongest = 65'504;  // a payload's, up to a multiple of 8
constexpr size_t kPart = 32;         // of it, in a fragment

Route RouteOf(uint64_t source) {
  Route route;
  ByteWriter from(route.from.address);
  from.U32(uint32_t{kSources} << 24 | static_cast<uint32_t>(source & 0x0fff'ffff));
  ByteWriter to(route.to.address);
  to.U32(0xc612'0001);  // 198.18.0.1
  route.from_port = static_cast<uint16_t>(1024 + source % 60'000);
  route.to_port = kDnsPort;
  return route;
}

// The longest datagram there can be; it begins with the UDP and DNS headers of a response.
std::span<const std::byte> Datagram() {
  static const std::vector<std::byte> bytes = [] {
    std::vector<std::byte> made(kLongest);
    ByteWriter out(made);
    for (const unsigned word :
         {53U, 4242U, unsigned{kLongest}, 0U, 0x1234U, 0x8183U, 1U, 0U, 1U, 0U})
      out.U16(static_cast<uint16_t>(word));
    return made;
  }();
  return bytes;
}

// The datagram's bytes from fragment.offset to `end`.
void WriteFragment(uint64_t source, Fragment fragment, size_t end, ByteWriter& out) {
  WriteFragmentFrame(RouteOf(source), fragment, Datagram().first(end), out);
}

void WriteHalfOpen(uint64_t number, ByteWriter& out) {
  WriteTcpFrame(RouteOf(number), 0, {.sequence = static_cast<uint32_t>(number * 977)}, kFlagSyn, {},
                out);
}

// The length, a header, and the first bytes of the question.
void WriteHalfMessage(uint64_t number, ByteWriter& out) {
  std::array<std::byte, 20> begun{};
  ByteWriter message(begun);
  for (const unsigned word : {400U, 0x1234U, 0x0100U, 1U, 0U, 0U, 0U})
    message.U16(static_cast<uint16_t>(word));
  message.Text("\3www\7");
  WriteTcpFrame(RouteOf(number), 0, {.sequence = static_cast<uint32_t>(number * 977)},
                kFlagAck | kFlagPush, message.written(), out);
}

void WriteFirstOnly(uint64_t number, ByteWriter& out) {
  WriteFragment(number, {.offset = 0, .more = true, .id = static_cast<uint32_t>(number)}, kPart,
                out);
}

void WriteTeardrop(uint64_t number, ByteWriter& out) {
  const bool second = number % 2 == 1;
  WriteFragment(
      number / 2,
      {.offset = second ? size_t{8} : 0, .more = !second, .id = static_cast<uint32_t>(number / 2)},
      second ? kPart - 8 : kPart, out);
}

void WriteRose(uint64_t number, ByteWriter& out) {
  const bool last = number % 2 == 1;
  const uint64_t datagram = number / 2;
  WriteFragment(datagram % kRoseSources,
                {.offset = last ? kLongest - kPart : 0,
                 .more = !last,
                 .id = static_cast<uint32_t>(datagram / kRoseSources)},
                last ? kLongest : kPart, out);
}

constexpr FloodKind kKinds[] = {
    {"half_open", WriteHalfOpen},
    {"half_message", WriteHalfMessage},
    {"first_only", WriteFirstOnly},
    {"teardrop", WriteTeardrop},
    {"rose", WriteRose},
};

}  // namespace

std::span<const FloodKind> FloodKinds() { return kKinds; }

bool IsFloodSource(const std::byte* ipv4) { return std::to_integer<uint8_t>(*ipv4) >= kSources; }

}  // namespace rcodescope
