// Frames around DNS messages, built in code: from the inside out, lengths and checksums right
// unless a test says otherwise.
//
//   Ethernet(Ipv4(Udp(Wire(DnsMessage{}))), {.tags = {{0x8100, 7}}})
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "capture/packet.h"
#include "tests/support/wire.h"

namespace rcodescope {

inline constexpr uint16_t kClientPort = 40'000;
inline constexpr uint16_t kVlanTpid = 0x8100;     // IEEE 802.1Q
inline constexpr uint16_t kServiceTpid = 0x88a8;  // IEEE 802.1ad
inline constexpr uint16_t kOldQinqTpid = 0x9100;  // in use before 802.1ad

// What IP carries. `checksum_at`: where the checksum goes that the IP builder computes.
struct Payload {
  uint8_t protocol = 17;
  Bytes bytes;
  std::optional<size_t> checksum_at;
};

// By default a response: from port 53 of the server to the client.
struct UdpFields {
  uint16_t source = 53;
  uint16_t destination = kClientPort;
  std::optional<uint16_t> length;
  std::optional<uint16_t> checksum;
};
Payload Udp(const Bytes& payload, const UdpFields& fields = {});

struct TcpFields {
  uint16_t source = 53;
  uint16_t destination = kClientPort;
  uint32_t sequence = 1000;
  uint8_t flags = 0x18;                // PSH, ACK
  Bytes options;                       // a multiple of 4 bytes
  std::optional<uint8_t> data_offset;  // in 32-bit words
  std::optional<uint16_t> checksum;
};
Payload Tcp(const Bytes& payload, const TcpFields& fields = {});

inline constexpr std::array<uint8_t, 4> kServer4 = {192, 0, 2, 53};
inline constexpr std::array<uint8_t, 4> kClient4 = {198, 51, 100, 7};
// 2001:db8::53 and 2001:db8:7::7.
inline constexpr std::array<uint8_t, 16> kServer6 = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0,
                                                     0,    0,    0,    0,    0, 0, 0, 0x53};
inline constexpr std::array<uint8_t, 16> kClient6 = {0x20, 0x01, 0x0d, 0xb8, 0, 7, 0, 0,
                                                     0,    0,    0,    0,    0, 0, 0, 7};

inline constexpr uint16_t kDontFragment = 0x4000;
inline constexpr uint16_t kMoreFragments = 0x2000;

struct Ipv4Fields {
  std::array<uint8_t, 4> source = kServer4;
  std::array<uint8_t, 4> destination = kClient4;
  Bytes options;          // a multiple of 4 bytes
  uint16_t fragment = 0;  // flags and offset in units of 8 bytes
  uint8_t version = 4;
  std::optional<uint8_t> header_words;
  std::optional<uint16_t> total_length;
  std::optional<uint8_t> protocol;
  std::optional<uint16_t> checksum;
};
Bytes Ipv4(const Payload& payload, const Ipv4Fields& fields = {});

// `bytes` begin with the next header's number, which the IPv6 builder fills in.
struct Ipv6Extension {
  uint8_t number;
  Bytes bytes;
};
Ipv6Extension HopByHop(size_t eights = 1);
Ipv6Extension DestinationOptions(size_t eights = 1);
Ipv6Extension Routing(size_t eights = 1);
Ipv6Extension FragmentHeader(unsigned offset_in_eights, bool more);
Ipv6Extension Authentication(size_t words = 4);  // RFC 4302 §2.2: length counts 32-bit words

struct Ipv6Fields {
  std::array<uint8_t, 16> source = kServer6;
  std::array<uint8_t, 16> destination = kClient6;
  std::vector<Ipv6Extension> extensions;
  uint8_t version = 6;
  std::optional<uint16_t> payload_length;
};
Bytes Ipv6(const Payload& payload, const Ipv6Fields& fields = {});

// 0x0800 or 0x86dd, by the first nibble.
uint16_t EthertypeOf(const Bytes& packet);

// `packet`'s EtherType follows from its first nibble unless it is given.
struct EthernetFields {
  std::vector<VlanTag> tags;  // outermost first
  std::optional<uint16_t> ethertype;
  Bytes trailer;  // padding or frame check sequence
};
Bytes Ethernet(const Bytes& packet, const EthernetFields& fields = {});
Bytes LinuxSll(const Bytes& packet, const std::vector<VlanTag>& tags = {});
Bytes LinuxSll2(const Bytes& packet, const std::vector<VlanTag>& tags = {});
// The address family of LINKTYPE_NULL in the byte order of the capturing host.
Bytes NullFrame(const Bytes& packet, uint32_t family, bool big_endian);
Bytes LoopFrame(const Bytes& packet, uint32_t family);
// With or without HDLC's address and control bytes (RFC 1662 §3.1).
Bytes Ppp(const Bytes& packet, bool hdlc);

// Bytes that end where readable memory ends, so that reading one too many is a crash in any
// build, and the Packet that stands for them.
class Frame {
 public:
  explicit Frame(const Bytes& bytes, LinkType link_type = LinkType::kEthernet);
  // Cut by the snap length: `wire` bytes long on the wire.
  Frame(const Bytes& bytes, LinkType link_type, uint32_t wire);
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  ~Frame();

  Packet packet;

 private:
  void* pages_ = nullptr;
  size_t mapped_ = 0;
};

}  // namespace rcodescope
