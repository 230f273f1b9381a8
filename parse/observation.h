// One DNS message, decoded: everything that aggregate/ may know of it.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "capture/packet.h"
#include "parse/dns_name.h"
#include "parse/ip_address.h"
#include "parse/protocol.h"
#include "parse/rcode.h"
#include "parse/tap.h"

namespace rcodescope {

// What a response to a QUERY is, beside its RCODE. RFC 2308 §2: "nodata" and "referral" have no
// code of their own and are told by the sections.
enum class AnswerKind : uint8_t {
  kNone,          // a query, or another opcode than QUERY
  kAnswer,        // the answer section holds a record of the type asked for
  kNodata,        // none, and a SOA in authority, or neither SOA nor NS (RFC 2308 §2.2)
  kReferral,      // none, and NS without SOA in authority (RFC 2308 §2.2)
  kCnameOnly,     // a CNAME or DNAME chain, and nothing of the type asked for, SOA or NS
  kLame,          // a referral upward to the root, from a server without authority
  kTruncated,     // NOERROR, and TC is set
  kError,         // the code is not NOERROR
  kUndetermined,  // NOERROR by its nibble, but the sections or the OPT could not be read
  kCount,
};
inline constexpr size_t kAnswerKinds = static_cast<size_t>(AnswerKind::kCount);
inline constexpr std::array<std::string_view, kAnswerKinds> kAnswerKindNames = {
    "none", "answer",    "nodata", "referral",    "cname_only",
    "lame", "truncated", "error",  "undetermined"};

// Extended DNS Errors of one message, the first 8 (RFC 8914).
struct EdeCodes {
  static constexpr size_t kCapacity = 8;
  uint8_t size = 0;
  std::array<uint16_t, kCapacity> codes;  // the first `size` are set
};

// Names and the NSID are borrowed from the batch the observation stands in.
struct Observation {
  // Set for every message, and therefore without a default: one is made for each.
  Timestamp time;
  uint64_t frame;  // Packet::frame
  IpAddress client;
  IpAddress server;
  uint16_t client_port;
  uint16_t id;
  uint16_t flags;  // the header's second 16-bit word
  uint16_t size;   // bytes of the message on the wire, TCP's length prefix not among them
  Transport transport;
  Family family;
  bool is_response;
  Opcode opcode;
  Tap tap;

  uint16_t qtype = 0;  // 0 without a question

  // Responses only. Nothing is counted by the name of a query, so that it is not read.
  Rcode rcode;  // the most specific code: see DecodeMessage
  Certainty certainty = Certainty::kFull;
  Low4Reason low4_reason = Low4Reason::kSnapLength;  // where certainty is kLow4
  AnswerKind kind = AnswerKind::kNone;
  bool has_opt = false;
  bool dnssec_ok = false;
  bool has_cookie = false;
  bool has_ecs = false;
  bool begins_transfer = false;  // of a zone: the first message of an AXFR or IXFR, RFC 5936 §2.2
  bool authority_soa = false;    // authority_owner is the SOA's
  uint8_t edns_version = 0;
  EdeCodes ede;
  NameRef qname;  // empty without a question that can be read
  LabelStarts qname_labels;
  NameRef final_name;               // target of the last CNAME; empty without one
  NameRef authority_owner;          // owner of the first SOA or, without one, NS in authority
  std::span<const std::byte> nsid;  // 128 bytes of the first with any, RFC 5001

  uint8_t header_rcode() const { return flags & 0x0fU; }
};

}  // namespace rcodescope
