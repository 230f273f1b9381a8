#include "capture/pcapng_writer.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace rcodescope {
namespace {

// draft-ietf-opsawg-pcapng §4.1 to §4.3.
constexpr uint32_t kSectionBlock = 0x0a0d0d0a;
constexpr uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr uint32_t kInterfaceBlock = 1;
constexpr uint32_t kPacketBlock = 6;
constexpr uint16_t kComment = 1;         // an option: opt_comment
constexpr uint16_t kTimeResolution = 9;  // if_tsresol
constexpr char kNanoseconds = 9;         // its value: 10^-9
constexpr size_t kBlockOverhead = 12;
constexpr size_t kAddresses = 12;  // of Ethernet, before a VLAN tag
constexpr size_t kTag = 4;

uint16_t NumberOf(LinkType type) {  // https://www.tcpdump.org/linktypes.html
  switch (type) {
    case LinkType::kEthernet: return 1;
    case LinkType::kNull: return 0;
    case LinkType::kLoop: return 108;
    case LinkType::kPpp: return 9;
    case LinkType::kRaw: return 101;
    case LinkType::kIpv4: return 228;
    case LinkType::kIpv6: return 229;
    case LinkType::kLinuxSll: return 113;
    case LinkType::kLinuxSll2: return 276;
    case LinkType::kUnsupported: break;
  }
  return 0xffff;
}

template <typename T>
void Put(T value, std::string& out) {
  std::array<char, sizeof(T)> bytes;
  std::memcpy(bytes.data(), &value, sizeof(T));
  out.append(bytes.data(), bytes.size());
}

// A block around `body`, which is padded to 32 bits.
void PutBlock(uint32_t type, std::string body, std::string& out) {
  body.append((4 - body.size() % 4) % 4, '\0');
  const auto length = static_cast<uint32_t>(body.size() + kBlockOverhead);
  Put(type, out);
  Put(length, out);
  out += body;
  Put(length, out);
}

// Padded to 32 bits.
void PutOption(uint16_t code, std::string_view value, std::string& out) {
  constexpr size_t kLongest = 0xffff;
  value = value.substr(0, kLongest);
  Put(code, out);
  Put(static_cast<uint16_t>(value.size()), out);
  out += value;
  out.append((4 - value.size() % 4) % 4, '\0');
}

void PutEndOfOptions(std::string& out) { Put(uint32_t{0}, out); }

void PutBytes(const Packet& packet, size_t from, size_t to, std::string& out) {
  for (size_t i = from; i < to; ++i) out += static_cast<char>(packet.data[i]);
}

}  // namespace

void PcapngWriter::Begin(std::string& blocks, std::string_view comment) {
  std::string body;
  Put(kByteOrderMagic, body);
  Put(uint16_t{1}, body);  // version 1.0
  Put(uint16_t{0}, body);
  Put(~uint64_t{0}, body);  // the section's length is not told
  if (!comment.empty()) {
    PutOption(kComment, comment, body);
    PutEndOfOptions(body);
  }
  PutBlock(kSectionBlock, std::move(body), blocks);
}

void PcapngWriter::Append(const Packet& packet, std::string& blocks) {
  const uint32_t interface = InterfaceOf(packet, blocks);
  const bool tagged = packet.stripped.tpid != 0 && packet.link_type == LinkType::kEthernet &&
                      packet.captured >= kAddresses;
  const uint32_t more = tagged ? kTag : 0;
  const auto time = static_cast<uint64_t>(packet.time.ns);
  std::string body;
  body.reserve(32 + packet.captured);
  Put(interface, body);
  Put(static_cast<uint32_t>(time >> 32), body);
  Put(static_cast<uint32_t>(time), body);
  Put(packet.captured + more, body);
  Put(packet.wire + more, body);
  if (tagged) {
    PutBytes(packet, 0, kAddresses, body);
    for (const uint16_t word : {packet.stripped.tpid, packet.stripped.tci}) {
      body += static_cast<char>(word >> 8);
      body += static_cast<char>(word & 0xff);
    }
  }
  PutBytes(packet, tagged ? kAddresses : 0, packet.captured, body);
  PutBlock(kPacketBlock, std::move(body), blocks);
}

uint32_t PcapngWriter::InterfaceOf(const Packet& packet, std::string& blocks) {
  const std::pair wanted(packet.interface, packet.link_type);
  const auto known = std::find(interfaces_.begin(), interfaces_.end(), wanted);
  if (known != interfaces_.end()) return static_cast<uint32_t>(known - interfaces_.begin());
  std::string body;
  Put(NumberOf(packet.link_type), body);
  Put(uint16_t{0}, body);
  Put(uint32_t{0}, body);  // no snap length
  PutOption(kTimeResolution, {&kNanoseconds, 1}, body);
  PutEndOfOptions(body);
  PutBlock(kInterfaceBlock, std::move(body), blocks);
  interfaces_.push_back(wanted);
  return static_cast<uint32_t>(interfaces_.size() - 1);
}

}  // namespace rcodescope
