// DNS messages of generated traffic: a query, and the response it gets.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bench/byte_writer.h"
#include "bench/population.h"
#include "bench/random.h"
#include "parse/observation.h"

namespace rcodescope {

enum class Outcome : uint8_t {
  kNxDomain,     // SOA in authority, its owner compressed
  kServFail,     // empty; with Exchange::ede where that is not 0
  kRefused,      // empty
  kReferral,     // NS in authority, glue in additional (IPv4 addresses, often IPv6 too)
  kNodata,       // SOA in authority
  kAnswer,       // records of the type asked for; a CNAME before them in some
  kLargeAnswer,  // TXT records of at least Exchange::large_size bytes in all
};

// One query and what becomes of it.
struct Exchange {
  uint32_t client = 0;
  uint32_t server = 0;  // of the client's address family
  uint32_t name = 0;
  uint16_t port = 0;  // the client's
  uint16_t id = 0;
  uint16_t qtype = 0;
  uint16_t ede = 0;  // INFO-CODE of an Extended DNS Error in the response, 0: none
  uint16_t large_size = 0;
  Outcome outcome = Outcome::kAnswer;
  bool has_opt = false;
  bool dnssec_ok = false;
  bool has_cookie = false;
  bool mixed_case = false;  // the question's letters are of random case (draft "DNS 0x20")
  uint64_t salt = 0;        // what makes the case, the cookie and the addresses answered
};

// What was written, as a decoder is to see it. A query's rcode is 0, its kind kNone.
struct MessageFacts {
  bool is_response = false;
  uint16_t rcode = 0;
  uint16_t ede = 0;  // 0: none
  AnswerKind kind = AnswerKind::kNone;
  bool has_opt = false;
  bool opt_is_last = false;
};

inline constexpr size_t kLargestMessage = 4096;

// Responses in a thousand that are kAnswer before any is made large; see DrawExchange.
inline constexpr uint32_t kAnswersPerMille = 545;

// Draws what is asked and how it will be answered: of the outcomes 25 % NXDOMAIN, 5 % SERVFAIL
// (half of them with an EDE), 1.5 % REFUSED, and for the rest answers before NODATA and referrals.
// Sets every member but client, server, port and large_size; never kLargeAnswer.
void DrawExchange(const Population& population, Random& random, Exchange& exchange);

// Make of an exchange a large answer: TXT, and an OPT record, without which it could not be.
void MakeLarge(uint16_t size, Exchange& exchange);

MessageFacts WriteQuery(const Exchange& exchange, const Population& population, ByteWriter& out);

// The message takes at most kLargestMessage bytes. `out` must be empty.
MessageFacts WriteResponse(const Exchange& exchange, const Population& population, Random& random,
                           ByteWriter& out);

}  // namespace rcodescope
