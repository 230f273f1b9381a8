// Response codes as typed values, and the one table behind their names.
//
// Header, OPT, TSIG and TKEY share one space of error numbers (RFC 6895 §2.3), with 16 given out
// twice: BADVERS where header and OPT carry it (RFC 6891 §9), BADSIG in a TSIG or TKEY error
// field (RFC 8945 §5.2.2). A code is therefore a pair: the space it was read from and its number.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rcodescope {

// The field a code was read from.
enum class RcodeSpace : uint8_t {
  kDns,   // header nibble and, above it, the OPT record's 8 bits (RFC 6891 §6.1.3): 0–4095
  kTsig,  // TSIG Error field (RFC 8945 §4.2): 0–65535
  kTkey,  // TKEY Error field (RFC 2930 §2.6): 0–65535
  kCount,
};
inline constexpr size_t kRcodeSpaces = static_cast<size_t>(RcodeSpace::kCount);
inline constexpr std::array<std::string_view, kRcodeSpaces> kRcodeSpaceNames = {"dns", "tsig",
                                                                                "tkey"};

struct Rcode {
  RcodeSpace space = RcodeSpace::kDns;
  uint16_t code = 0;
  auto operator<=>(const Rcode&) const = default;

  // One integer per code, ordered like the pair.
  constexpr uint32_t packed() const { return uint32_t{static_cast<uint8_t>(space)} << 16 | code; }
  static constexpr Rcode Unpack(uint32_t packed) {
    return {static_cast<RcodeSpace>(packed >> 16), static_cast<uint16_t>(packed)};
  }
};

// An assigned code: https://www.iana.org/assignments/dns-parameters (DNS RCODEs).
struct RcodeEntry {
  uint16_t code;
  std::string_view mnemonic;     // IANA's, upper case
  std::string_view description;  // IANA's
  std::string_view reference;    // where it is defined
};

// Ordered by code. 16 stands twice; RcodeName chooses by space.
inline constexpr std::array kRcodeCatalogue = {
    RcodeEntry{0, "NOERROR", "No Error", "RFC 1035 §4.1.1"},
    RcodeEntry{1, "FORMERR", "Format Error", "RFC 1035 §4.1.1"},
    RcodeEntry{2, "SERVFAIL", "Server Failure", "RFC 1035 §4.1.1"},
    RcodeEntry{3, "NXDOMAIN", "Non-Existent Domain", "RFC 1035 §4.1.1"},
    RcodeEntry{4, "NOTIMP", "Not Implemented", "RFC 1035 §4.1.1"},
    RcodeEntry{5, "REFUSED", "Query Refused", "RFC 1035 §4.1.1"},
    RcodeEntry{6, "YXDOMAIN", "Name Exists when it should not", "RFC 2136 §2.2, RFC 6672 §2.2"},
    RcodeEntry{7, "YXRRSET", "RR Set Exists when it should not", "RFC 2136 §2.2"},
    RcodeEntry{8, "NXRRSET", "RR Set that should exist does not", "RFC 2136 §2.2"},
    RcodeEntry{9, "NOTAUTH", "Server Not Authoritative for zone; Not Authorized",
               "RFC 2136 §2.2, RFC 8945 §5.2"},
    RcodeEntry{10, "NOTZONE", "Name not contained in zone", "RFC 2136 §2.2"},
    RcodeEntry{11, "DSOTYPENI", "DSO-TYPE Not Implemented", "RFC 8490 §10.2"},
    RcodeEntry{16, "BADVERS", "Bad OPT Version", "RFC 6891 §9"},
    RcodeEntry{16, "BADSIG", "TSIG Signature Failure", "RFC 8945 §5.2.2"},
    RcodeEntry{17, "BADKEY", "Key not recognized", "RFC 8945 §5.2.1"},
    RcodeEntry{18, "BADTIME", "Signature out of time window", "RFC 8945 §5.2.3"},
    RcodeEntry{19, "BADMODE", "Bad TKEY Mode", "RFC 2930 §2.6"},
    RcodeEntry{20, "BADNAME", "Duplicate key name", "RFC 2930 §2.6"},
    RcodeEntry{21, "BADALG", "Algorithm not supported", "RFC 2930 §2.6"},
    RcodeEntry{22, "BADTRUNC", "Bad Truncation", "RFC 8945 §5.2.4"},
    RcodeEntry{23, "BADCOOKIE", "Bad/missing Server Cookie", "RFC 7873 §8"},
};

inline constexpr uint16_t kBadVersOrBadSig = 16;
inline constexpr uint16_t kRcodeNoError = 0;
inline constexpr uint16_t kRcodeServFail = 2;
inline constexpr uint16_t kRcodeNxDomain = 3;
inline constexpr uint16_t kRcodeRefused = 5;
inline constexpr uint16_t kRcodeNotAuth = 9;

// The catalogue's entry of a code, or null where the code is not assigned.
constexpr const RcodeEntry* FindRcode(Rcode rcode) {
  for (const RcodeEntry& entry : kRcodeCatalogue) {
    if (entry.code != rcode.code) continue;
    const bool first_of_two = entry.code == kBadVersOrBadSig && entry.mnemonic == "BADVERS";
    if (first_of_two && rcode.space != RcodeSpace::kDns) continue;
    return &entry;
  }
  return nullptr;
}

constexpr bool IsAssigned(Rcode rcode) { return FindRcode(rcode) != nullptr; }

// Stands for the unassigned TSIG or TKEY errors beyond the kMostErrorCodes smallest that came, and
// for itself: the number is reserved (RFC 6895 §2.3).
inline constexpr uint16_t kOtherCode = 65'535;
inline constexpr size_t kMostErrorCodes = 1024;

// The mnemonic, "RCODE<n>" for an unassigned code, or "other" for kOtherCode.
std::string RcodeName(Rcode rcode);

// A header nibble and the OPT record's EXTENDED-RCODE: the latter are the upper 8 of 12 bits,
// RFC 6891 §6.1.3.
constexpr uint16_t JoinRcode(uint8_t extended, uint8_t nibble) {
  return static_cast<uint16_t>(uint32_t{extended} << 4 | (nibble & 0x0fU));
}

// How much of a response's code is known.
enum class Certainty : uint8_t {
  kFull,  // all 12 bits
  kLow4,  // the header nibble only; see Low4Reason
  kCount,
};
inline constexpr size_t kCertainties = static_cast<size_t>(Certainty::kCount);
inline constexpr std::array<std::string_view, kCertainties> kCertaintyNames = {"full", "low4"};

// Why the upper bits of a code are unknown.
enum class Low4Reason : uint8_t {
  kSnapLength,       // the capture cut the message off before its OPT record
  kCountsBeyondEnd,  // the message ends before the records its header announces
  kOptInvalid,       // there is an OPT record, but not one that may be believed
  kFirstFragment,    // the datagram ended incomplete, and the OPT is not in its first fragment
  kRecordInvalid,    // a record before the OPT cannot be passed over (bad label, length past end)
  kCount,
};
inline constexpr size_t kLow4Reasons = static_cast<size_t>(Low4Reason::kCount);
inline constexpr std::array<std::string_view, kLow4Reasons> kLow4ReasonNames = {
    "snap_length", "counts_beyond_end", "opt_invalid", "first_fragment", "record_invalid"};

}  // namespace rcodescope
