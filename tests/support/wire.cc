#include "tests/support/wire.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace rcodescope {
namespace {

constexpr uint16_t kClassAny = 255;

unsigned HexDigit(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a' + 10);
  throw std::invalid_argument("not a hexadecimal digit: " + std::string(1, digit));
}

DnsRecord RecordOf(uint16_t type, Bytes owner, Bytes rdata) {
  return {.owner = std::move(owner), .type = type, .rdata = std::move(rdata)};
}

uint16_t CountOf(std::optional<uint16_t> claimed, size_t real) {
  return claimed.value_or(static_cast<uint16_t>(real));
}

}  // namespace

Bytes U8(unsigned value) { return {static_cast<std::byte>(value)}; }

Bytes U16(unsigned value) {
  return {static_cast<std::byte>(value >> 8), static_cast<std::byte>(value)};
}

Bytes U32(uint32_t value) { return Join(U16(value >> 16), U16(value & 0xffff)); }

Bytes Text(std::string_view text) {
  Bytes bytes;
  for (const char c : text) bytes.push_back(static_cast<std::byte>(c));
  return bytes;
}

Bytes Hex(std::string_view digits) {
  Bytes bytes;
  std::optional<unsigned> high;
  for (const char c : digits) {
    if (c == ' ') continue;
    const unsigned digit = HexDigit(c);
    if (high) bytes.push_back(static_cast<std::byte>(*high << 4 | digit));
    high = high ? std::nullopt : std::optional(digit);
  }
  if (high) throw std::invalid_argument("odd number of hexadecimal digits");
  return bytes;
}

Bytes Fill(size_t count, unsigned value) { return Bytes(count, static_cast<std::byte>(value)); }

Bytes JoinAll(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Bytes Cut(const Bytes& bytes, size_t size) {
  if (size > bytes.size()) throw std::out_of_range("cut behind the end");
  return Bytes(bytes.data(), bytes.data() + size);
}

Bytes WithU8(Bytes bytes, size_t at, unsigned value) {
  bytes.at(at) = static_cast<std::byte>(value);
  return bytes;
}

Bytes WithU16(Bytes bytes, size_t at, unsigned value) {
  return WithU8(WithU8(std::move(bytes), at, value >> 8), at + 1, value);
}

Bytes Label(std::string_view text) {
  if (text.empty() || text.size() > 63) throw std::length_error("label");
  return Join(U8(static_cast<unsigned>(text.size())), Text(text));
}

Bytes Labels(std::string_view dotted) {
  if (dotted == ".") return {};
  Bytes labels;
  while (!dotted.empty()) {
    const size_t size = std::min(dotted.find('.'), dotted.size());
    labels = Join(labels, Label(dotted.substr(0, size)));
    dotted.remove_prefix(std::min(size + 1, dotted.size()));
  }
  return labels;
}

Bytes Name(std::string_view dotted) { return Join(Labels(dotted), U8(0)); }

Bytes Pointer(size_t offset) { return U16(0xc000U | static_cast<unsigned>(offset)); }

DnsRecord A(Bytes owner) { return {.owner = std::move(owner)}; }
DnsRecord Cname(Bytes owner, Bytes target) {
  return RecordOf(5, std::move(owner), std::move(target));
}
DnsRecord Dname(Bytes owner, Bytes target) {
  return RecordOf(39, std::move(owner), std::move(target));
}
DnsRecord Ns(Bytes owner, Bytes target) { return RecordOf(2, std::move(owner), std::move(target)); }
DnsRecord Soa(Bytes owner) {
  return RecordOf(6, std::move(owner),
                  Join(Name("ns.example"), Name("admin.example"), U32(1), U32(7200), U32(3600),
                       U32(86400), U32(300)));
}

DnsRecord Opt(const OptFields& fields) {
  const uint32_t ttl = uint32_t{fields.extended_rcode} << 24 | uint32_t{fields.version} << 16 |
                       (fields.dnssec_ok ? 0x8000U : 0U);
  return {.owner = fields.owner,
          .type = 41,
          .rclass = fields.udp_size,
          .ttl = ttl,
          .rdata = fields.options,
          .rdlength = fields.rdlength};
}

Bytes Option(uint16_t code, const Bytes& data, std::optional<uint16_t> length) {
  return Join(U16(code), U16(length.value_or(static_cast<uint16_t>(data.size()))), data);
}

Bytes Ede(uint16_t info_code, std::string_view text) {
  return Option(15, Join(U16(info_code), Text(text)));
}

DnsRecord Tsig(const TsigFields& fields) {
  const auto mac_size = static_cast<unsigned>(fields.mac_size);
  const auto other_size = static_cast<unsigned>(fields.other_size);
  return {.owner = Name("key.example"),
          .type = 250,
          .rclass = kClassAny,
          .ttl = 0,
          .rdata = Join(Name("hmac-sha256"), Hex("00006553f100"), U16(300), U16(mac_size),
                        Fill(fields.mac_size, 0xaa), U16(0x1234), U16(fields.error),
                        U16(other_size), Fill(fields.other_size, 0xbb))};
}

DnsRecord Tkey(uint16_t error) {
  constexpr unsigned kGssApiMode = 3;
  return {.owner = Name("key.example"),
          .type = 249,
          .rclass = kClassAny,
          .ttl = 0,
          .rdata = Join(Name("gss-tsig"), U32(0x6553f100), U32(0x6553ff00), U16(kGssApiMode),
                        U16(error), U16(4), Fill(4, 0xcc), U16(0))};
}

Bytes Wire(const DnsQuestion& question) {
  return Join(question.name, U16(question.type), U16(question.qclass));
}

Bytes Wire(const DnsRecord& record) {
  const auto size = static_cast<uint16_t>(record.rdata.size());
  return Join(record.owner, U16(record.type), U16(record.rclass), U32(record.ttl),
              U16(record.rdlength.value_or(size)), record.rdata);
}

Bytes Wire(const DnsMessage& message) {
  const unsigned flags = (message.response ? 0x8000U : 0U) | unsigned{message.opcode} << 11 |
                         (message.aa ? 0x0400U : 0U) | (message.tc ? 0x0200U : 0U) | 0x0100U |
                         (message.rcode & 0x0fU);
  Bytes wire =
      Join(U16(message.id), U16(flags), U16(CountOf(message.qdcount, message.questions.size())),
           U16(CountOf(message.ancount, message.answers.size())),
           U16(CountOf(message.nscount, message.authority.size())),
           U16(CountOf(message.arcount, message.additional.size())));
  for (const DnsQuestion& question : message.questions) wire = Join(wire, Wire(question));
  for (const auto* section : {&message.answers, &message.authority, &message.additional}) {
    for (const DnsRecord& record : *section) wire = Join(wire, Wire(record));
  }
  return Join(wire, message.trailing);
}

Bytes LengthPrefixed(const Bytes& message) {
  return Join(U16(static_cast<unsigned>(message.size())), message);
}

}  // namespace rcodescope
