// The words that people use for codes, as numbers or names, and what they stand for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "parse/protocol.h"
#include "parse/rcode.h"

namespace rcodescope {

// One thing that a code may be.
struct CodeMeaning {
  enum class Kind : uint8_t {
    kRcode,          // an assigned code: `rcode`
    kRange,          // a number that is no code's: rcode.code
    kExtendedError,  // an INFO-CODE of RFC 8914: rcode.code
  };
  Kind kind = Kind::kRcode;
  Rcode rcode;
  bool operator==(const CodeMeaning&) const = default;
};

// What one word of a command line stands for, in any case: a mnemonic ("servfail"), a number
// ("3", "0x17", "RCODE24"), which may mean two things (16), or an Extended DNS Error ("ede22",
// "EDE 22", or its name: "DNSSEC Bogus"). InvalidArgument for anything else.
absl::StatusOr<std::vector<CodeMeaning>> ReadCode(const std::string& word);

// The same for all words; "EDE" and the number behind it may be two of them. One entry a code.
absl::StatusOr<std::vector<std::vector<CodeMeaning>>> ReadCodes(
    const std::vector<std::string>& words);

// The opcode of a mnemonic in any case, "OPCODE<n>" or a number up to 15.
std::optional<Opcode> ReadOpcode(const std::string& word);

// A response code by mnemonic, number or "RCODE<n>", in any case; empty for anything else. 16 is
// both BADVERS and BADSIG, every other number one code in all spaces.
std::optional<uint16_t> ReadNumber(const std::string& word, uint64_t largest);

}  // namespace rcodescope
