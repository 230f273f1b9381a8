// Bytes and DNS messages, built in code. Lengths and counts are right unless a test says otherwise.
//
//   Wire(DnsMessage{.rcode = 7, .additional = {Opt({.extended_rcode = 1})}})   // BADCOOKIE
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

namespace rcodescope {

using Bytes = std::vector<std::byte>;

// Integers in network byte order.
Bytes U8(unsigned value);
Bytes U16(unsigned value);
Bytes U32(uint32_t value);

// The characters of `text`, NULs included.
Bytes Text(std::string_view text);
// Bytes from hexadecimal digits; blanks between them are passed over.
Bytes Hex(std::string_view digits);
Bytes Fill(size_t count, unsigned value = 0);

Bytes JoinAll(std::initializer_list<Bytes> parts);
template <typename... Part>
Bytes Join(const Part&... parts) {
  return JoinAll({parts...});
}

// The first `size` bytes.
Bytes Cut(const Bytes& bytes, size_t size);
// A copy with `value` written at `at` in network byte order.
Bytes WithU8(Bytes bytes, size_t at, unsigned value);
Bytes WithU16(Bytes bytes, size_t at, unsigned value);

// Offset of the question, and thus of its name: RFC 1035 §4.1.1.
inline constexpr size_t kQuestionOffset = 12;

Bytes Label(std::string_view text);
// "www.example.com" in wire form; "" and "." are the root.
Bytes Name(std::string_view dotted);
// A compression pointer, RFC 1035 §4.1.4.
Bytes Pointer(size_t offset);
// A name without its end: labels only, for a pointer to follow.
Bytes Labels(std::string_view dotted);

struct DnsQuestion {
  Bytes name = Name("example.com");
  uint16_t type = 1;  // A
  uint16_t qclass = 1;
};

struct DnsRecord {
  Bytes owner = Pointer(kQuestionOffset);
  uint16_t type = 1;
  uint16_t rclass = 1;
  uint32_t ttl = 300;
  Bytes rdata = Hex("c0000201");
  std::optional<uint16_t> rdlength;  // in place of rdata.size()
};

DnsRecord A(Bytes owner = Pointer(kQuestionOffset));
DnsRecord Cname(Bytes owner, Bytes target);
DnsRecord Dname(Bytes owner, Bytes target);
DnsRecord Ns(Bytes owner, Bytes target = Name("ns.example"));
DnsRecord Soa(Bytes owner);

// RFC 6891 §6.1.2.
struct OptFields {
  uint8_t extended_rcode = 0;
  uint8_t version = 0;
  bool dnssec_ok = false;
  uint16_t udp_size = 1232;
  Bytes options;  // Option(…) joined
  Bytes owner = Name(".");
  std::optional<uint16_t> rdlength;
};
DnsRecord Opt(const OptFields& fields = {});
// An EDNS option; `length` in place of the data's.
Bytes Option(uint16_t code, const Bytes& data, std::optional<uint16_t> length = {});
// An Extended DNS Error, RFC 8914 §2.
Bytes Ede(uint16_t info_code, std::string_view text = "");

// RFC 8945 §4.2, with a MAC of `mac_size` bytes and Other Data of `other_size`.
struct TsigFields {
  uint16_t error = 0;
  size_t mac_size = 32;
  size_t other_size = 0;
};
DnsRecord Tsig(const TsigFields& fields);
// RFC 2930 §2.
DnsRecord Tkey(uint16_t error);

struct DnsMessage {
  uint16_t id = 0x1234;
  bool response = true;
  uint8_t opcode = 0;
  uint8_t rcode = 0;
  bool aa = false;
  bool tc = false;
  std::vector<DnsQuestion> questions = {DnsQuestion{}};
  std::vector<DnsRecord> answers;
  std::vector<DnsRecord> authority;
  std::vector<DnsRecord> additional;
  Bytes trailing;
  // In place of the numbers of questions and records.
  std::optional<uint16_t> qdcount;
  std::optional<uint16_t> ancount;
  std::optional<uint16_t> nscount;
  std::optional<uint16_t> arcount;
};

Bytes Wire(const DnsQuestion& question);
Bytes Wire(const DnsRecord& record);
Bytes Wire(const DnsMessage& message);

// A message behind its length, as TCP carries it: RFC 1035 §4.2.2.
Bytes LengthPrefixed(const Bytes& message);

}  // namespace rcodescope
