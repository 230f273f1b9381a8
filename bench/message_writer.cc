#include "bench/message_writer.h"

#include <span>

#include "parse/protocol.h"

namespace rcodescope {
namespace {

constexpr uint16_t kClassIn = 1;           // RFC 1035 §3.2.4
constexpr uint16_t kFlagDo = 0x8000;       // of the OPT record's TTL, RFC 6891 §6.1.3
constexpr uint16_t kPointer = 0xc000;      // RFC 1035 §4.1.4
constexpr uint16_t kPointerMask = 0x3fff;  // its offset
constexpr size_t kCountsAt = 6;            // ANCOUNT, NSCOUNT, ARCOUNT: RFC 1035 §4.1.1

constexpr uint32_t kSigned = 1'767'225'600;  // 2026-01-01
constexpr uint32_t kExpires = 1'769'904'000;

std::string_view EdeText(uint16_t code) {
  if (code == 22) return "no server of the zone answered";
  if (code == 23) return "timeout";
  return {};
}

}  // namespace

MessageWriter::MessageWriter(const Exchange& exchange, const Population& population, uint16_t flags,
                             ByteWriter& out)
    : out_(out), zone_(population.ZoneOf(exchange.name)) {
  out_.U16(exchange.id);
  out_.U16(flags);
  out_.U16(1);
  out_.Zeros(sizeof(counts_));
  zone_at_ = population.WriteName(exchange.name, out_);
  if (exchange.mixed_case) MixCase(exchange.salt);
  out_.U16(exchange.qtype);
  out_.U16(kClassIn);
}

uint16_t MessageWriter::Pointer(size_t at) { return static_cast<uint16_t>(kPointer | at); }

uint16_t MessageWriter::question() const { return Pointer(kDnsHeaderSize); }

void MessageWriter::Begin(Section section, uint16_t owner, uint16_t type, uint32_t ttl) {
  ++counts_[section];
  out_.U16(owner);
  out_.U16(type);
  out_.U16(kClassIn);
  out_.U32(ttl);
  out_.U16(0);
  rdata_ = out_.size();
}

uint16_t MessageWriter::Child(std::string_view label) {
  const size_t at = out_.size();
  out_.U8(static_cast<uint8_t>(label.size()));
  out_.Text(label);
  out_.U16(zone());
  return Pointer(at);
}

void MessageWriter::Address(Section section, uint16_t owner, uint16_t type, uint64_t salt) {
  Begin(section, owner, type, 300);
  if (type == kTypeAaaa) {
    out_.U32(0x20010db8U);  // 2001:db8::/32, RFC 3849
    out_.U32(static_cast<uint32_t>(salt >> 32));
    out_.U64(Mix64(salt));
  } else {
    out_.U32(0xcb007100U | (salt & 0xffU));  // 203.0.113.0/24, RFC 5737
  }
  End();
}

void MessageWriter::Soa() {
  Begin(kAuthority, zone(), kTypeSoa, 900);
  Child("ns1");
  Child("hostmaster");
  for (const uint32_t value : {2026010101U, 7200U, 3600U, 1209600U, 900U}) out_.U32(value);
  End();
}

// RFC 4034 §3.1; the signer's name is not compressed.
void MessageWriter::Signature(Section section, uint16_t owner, uint16_t covered, Random& random) {
  Begin(section, owner, kTypeRrsig, 300);
  out_.U16(covered);
  out_.U8(13);  // ECDSAP256SHA256, RFC 6605 §4
  out_.U8(Labels(owner));
  out_.U32(300);
  out_.U32(kExpires);
  out_.U32(kSigned);
  out_.U16(static_cast<uint16_t>(zone_));
  Population::WriteZone(zone_, out_);
  for (int word = 0; word < 8; ++word) out_.U64(random.Next());
  End();
}

void MessageWriter::Opt(const Exchange& exchange, bool server) {
  opt_ordinal_ = ++counts_[kAdditional];
  out_.U8(0);
  out_.U16(kTypeOpt);
  out_.U16(exchange.large_size != 0 ? 4096 : 1232);
  out_.U16(0);
  out_.U16(exchange.dnssec_ok ? kFlagDo : uint16_t{0});
  out_.U16(0);
  rdata_ = out_.size();
  if (exchange.has_cookie) {
    out_.U16(kOptionCookie);
    out_.U16(server ? 24 : 8);
    out_.U64(Mix64(exchange.salt));
    if (server) {
      out_.U64(Mix64(exchange.salt + 1));
      out_.U64(Mix64(exchange.salt + 2));
    }
  }
  if (server && exchange.ede != 0) {
    const std::string_view text = EdeText(exchange.ede);
    out_.U16(kOptionEde);
    out_.U16(static_cast<uint16_t>(2 + text.size()));
    out_.U16(exchange.ede);
    out_.Text(text);
  }
  End();
}

void MessageWriter::Finish() {
  for (size_t section = 0; section < counts_.size(); ++section) {
    out_.PatchU16(kCountsAt + 2 * section, counts_[section]);
  }
}

// Of an uncompressed name, without the root: RFC 4034 §3.1.3.
uint8_t MessageWriter::Labels(uint16_t pointer) const {
  uint8_t labels = 0;
  const std::span<const std::byte> message = out_.written();
  for (size_t at = pointer & kPointerMask; message[at] != std::byte{0}; ++labels) {
    at += 1 + std::to_integer<size_t>(message[at]);
  }
  return labels;
}

// Letters only, in which case means nothing (RFC 4343 §3). A length octet is below any letter.
void MessageWriter::MixCase(uint64_t salt) {
  const std::span<const std::byte> name = out_.written_from(kDnsHeaderSize);
  for (size_t i = 0; i < name.size(); ++i) {
    const auto octet = std::to_integer<uint8_t>(name[i]);
    const bool letter = octet >= 'a' && octet <= 'z';
    if (letter && (salt >> (i % 64) & 1) != 0) {
      out_.PatchU8(kDnsHeaderSize + i, static_cast<uint8_t>(octet ^ 0x20U));
    }
  }
}

}  // namespace rcodescope
