// What there is to say about response codes beyond their names: for reports, `explain` and whoever
// writes an alert's text. Beside the catalogue of rcode.h, which has the names.
//
// Every statement says one thing in a sentence or two and names the section of the RFC that it
// rests on. Words are those of an operator; "the server" is whoever sends the code.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "parse/protocol.h"
#include "parse/rcode.h"

namespace rcodescope {

// What a statement is about.
enum class Aspect : uint8_t {
  kMeaning,        // what the code says, and what it does not
  kPlace,          // the field it travels in, and what else is seen beside it
  kAuthoritative,  // when a server that has the zone sends it
  kResolver,       // when a resolver sends it
  kOpcode,         // what it says where the opcode is not QUERY
  kCheck,          // what to look at next
  kNeighbour,      // how it differs from codes it is taken for
  kCount,
};
inline constexpr size_t kAspects = static_cast<size_t>(Aspect::kCount);
// As keys of programs, and as headings for people.
inline constexpr std::array<std::string_view, kAspects> kAspectNames = {
    "meaning", "travels", "authoritative", "resolver", "opcode", "check", "differs"};
inline constexpr std::array<std::string_view, kAspects> kAspectHeadings = {
    "What it says", "Where it travels",   "From an authoritative server", "From a resolver",
    "By opcode",    "What to check next", "What it is taken for"};

struct Statement {
  Aspect aspect;
  std::string_view text;
  std::string_view source;         // "RFC 2308 §2.2", or several of them, by commas
  Opcode opcode = Opcode::kQuery;  // with kOpcode: of which it speaks
};

// By aspect, in the order of Aspect. Empty where the code is not assigned.
std::span<const Statement> StatementsOf(Rcode rcode);

// The first statement of an assigned code: what it says, in short. Empty for others.
std::string_view MeaningOf(Rcode rcode);

// Numbers that are no code's: ranges of the registry, RFC 6895 §2.3. Ascending, none overlaps.
struct RcodeRange {
  uint16_t first;
  uint16_t last;
  std::string_view name;  // IANA's
  std::string_view text;
  std::string_view source;
};
std::span<const RcodeRange> RcodeRanges();

// The range `code` is in, or null where it is assigned.
const RcodeRange* FindRange(uint16_t code);

}  // namespace rcodescope
