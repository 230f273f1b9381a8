// Numbers of the DNS protocol, each with its source, and their names.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace rcodescope {

// RFC 1035 §4.1.1, RFC 6895 §2.
inline constexpr size_t kDnsHeaderSize = 12;
inline constexpr uint16_t kDnsPort = 53;          // RFC 1035 §4.2
inline constexpr uint16_t kDnsOverTlsPort = 853;  // RFC 7858 §3.1; also DoQ, RFC 9250 §4.1.1
inline constexpr uint16_t kMdnsPort = 5353;       // RFC 6762 §3
inline constexpr uint16_t kLlmnrPort = 5355;      // RFC 4795 §2

// Flags word of the header.
inline constexpr uint16_t kFlagQr = 0x8000;
inline constexpr uint16_t kFlagAa = 0x0400;
inline constexpr uint16_t kFlagTc = 0x0200;

// Opcodes: RFC 6895 §2.2, RFC 8490 §10.1.
enum class Opcode : uint8_t {
  kQuery = 0,
  kIquery = 1,
  kStatus = 2,
  kNotify = 4,
  kUpdate = 5,
  kDso = 6
};
inline constexpr size_t kOpcodes = 16;

// The mnemonic, or "OPCODE<n>" for an unassigned one (3, 7–15).
std::string OpcodeName(Opcode opcode);
constexpr bool IsAssigned(Opcode opcode) {
  return static_cast<uint8_t>(opcode) <= 6 && static_cast<uint8_t>(opcode) != 3;
}

// Record and query types that the decoder must tell apart.
inline constexpr uint16_t kTypeNs = 2;      // RFC 1035 §3.2.2
inline constexpr uint16_t kTypeCname = 5;   // RFC 1035 §3.2.2
inline constexpr uint16_t kTypeSoa = 6;     // RFC 1035 §3.2.2
inline constexpr uint16_t kTypeDname = 39;  // RFC 6672 §2.1
inline constexpr uint16_t kTypeOpt = 41;    // RFC 6891 §6.1.1
inline constexpr uint16_t kTypeDs = 43;     // RFC 4034 §5
inline constexpr uint16_t kTypeTkey = 249;  // RFC 2930 §2
inline constexpr uint16_t kTypeTsig = 250;  // RFC 8945 §4.1
inline constexpr uint16_t kTypeIxfr = 251;  // RFC 1995 §3
inline constexpr uint16_t kTypeAxfr = 252;  // RFC 5936 §2
inline constexpr uint16_t kTypeAny = 255;   // RFC 1035 §3.2.3

// The mnemonic of a type that operators ask about by name, or "TYPE<n>" (RFC 3597 §5).
std::string TypeName(uint16_t type);
// The types that TypeName knows by name; others are counted as `other`.
bool IsNamedType(uint16_t type);

// EDNS options.
inline constexpr uint16_t kOptionNsid = 3;     // RFC 5001 §2.3
inline constexpr uint16_t kOptionEcs = 8;      // RFC 7871 §6
inline constexpr uint16_t kOptionCookie = 10;  // RFC 7873 §4
inline constexpr uint16_t kOptionEde = 15;     // RFC 8914 §2

enum class Transport : uint8_t { kUdp, kTcp };
inline constexpr std::array<std::string_view, 2> kTransportNames = {"udp", "tcp"};

enum class Family : uint8_t { kIpv4, kIpv6 };
inline constexpr std::array<std::string_view, 2> kFamilyNames = {"ipv4", "ipv6"};

}  // namespace rcodescope
