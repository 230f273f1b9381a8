#include "bench/dns_messages.h"

#include <array>
#include <span>
#include <string_view>

#include "bench/message_writer.h"
#include "parse/protocol.h"
#include "parse/rcode.h"

namespace rcodescope {
namespace {

constexpr uint16_t kFlagRd = 0x0100;  // RFC 1035 §4.1.1
constexpr uint16_t kFlagRa = 0x0080;

struct WeightedType {
  uint16_t type;
  uint32_t percent;
};

uint16_t DrawType(std::span<const WeightedType> types, Random& random) {
  uint32_t left = random.Below(100);
  for (const WeightedType& entry : types) {
    if (left < entry.percent) return entry.type;
    left -= entry.percent;
  }
  return kTypeA;
}

constexpr std::array kTypesAnswered = {WeightedType{kTypeA, 64}, WeightedType{kTypeAaaa, 24},
                                       WeightedType{kTypeTxt, 5}, WeightedType{kTypeMx, 4},
                                       WeightedType{kTypeHttps, 3}};
constexpr std::array kTypesWithoutData = {WeightedType{kTypeAaaa, 60}, WeightedType{kTypeHttps, 35},
                                          WeightedType{kTypeMx, 5}};
constexpr std::array kTypesInError = {WeightedType{kTypeA, 66}, WeightedType{kTypeAaaa, 26},
                                      WeightedType{kTypeHttps, 8}};

// Even numbers are resolvers, odd ones authoritative servers.
bool IsResolver(const Exchange& exchange) { return exchange.server % 2 == 0; }

// The name servers of a child zone in authority, their addresses in additional. An OPT record may
// stand before or behind them (RFC 6891 §6.1.1).
void NameServers(MessageWriter& message, const Exchange& exchange, uint32_t servers,
                 bool ipv6_glue) {
  constexpr std::array<std::string_view, 4> kLabels = {"ns1", "ns2", "ns3", "ns4"};
  std::array<uint16_t, kLabels.size()> names{};
  for (uint32_t i = 0; i < servers; ++i) {
    message.Begin(MessageWriter::kAuthority, message.zone(), kTypeNs, 172800);
    names[i] = message.Child(kLabels[i]);
    message.End();
  }
  const bool opt_first = exchange.has_opt && (exchange.salt & 1) != 0;
  if (opt_first) message.Opt(exchange, true);
  for (uint32_t i = 0; i < servers; ++i) {
    message.Address(MessageWriter::kAdditional, names[i], kTypeA, exchange.salt + i);
    if (!ipv6_glue) continue;
    message.Address(MessageWriter::kAdditional, names[i], kTypeAaaa, exchange.salt + i);
  }
  if (exchange.has_opt && !opt_first) message.Opt(exchange, true);
}

// TXT records until `size` bytes are written; one of them at least.
void Texts(MessageWriter& message, size_t size, uint64_t salt) {
  do {
    message.Begin(MessageWriter::kAnswer, message.question(), kTypeTxt, 3600);
    const size_t left = size > message.out().size() ? size - message.out().size() : 0;
    const size_t length = left > 200 ? 200 : 40 + salt % 40;
    message.out().U8(static_cast<uint8_t>(length));
    for (size_t i = 0; i < length; ++i) {
      message.out().U8(static_cast<uint8_t>('a' + (salt + i * i) % 26));
    }
    message.End();
  } while (message.out().size() < size);
}

void Addresses(MessageWriter& message, const Exchange& exchange, Random& random) {
  uint16_t owner = message.question();
  if (random.Percent(18)) {
    message.Begin(MessageWriter::kAnswer, owner, kTypeCname, 600);
    owner = message.Child("edge");
    message.End();
  }
  const uint32_t roll = random.Below(10);
  const uint32_t count = roll < 5 ? 1 : roll < 7 ? 2 : roll < 9 ? 4 : 6;
  for (uint32_t i = 0; i < count; ++i) {
    message.Address(MessageWriter::kAnswer, owner, exchange.qtype, exchange.salt + i);
  }
  if (exchange.dnssec_ok && owner == message.question()) {
    message.Signature(MessageWriter::kAnswer, owner, exchange.qtype, random);
  }
}

// The answer section. True when it wrote the additional section too.
bool Answer(MessageWriter& message, const Exchange& exchange, Random& random) {
  ByteWriter& out = message.out();
  if (exchange.qtype == kTypeTxt) {
    Texts(message, exchange.large_size, exchange.salt);
  } else if (exchange.qtype == kTypeMx) {
    message.Begin(MessageWriter::kAnswer, message.question(), kTypeMx, 3600);
    out.U16(10);
    const uint16_t exchanger = message.Child("mx1");
    message.End();
    // The decoder must find the OPT record with glue on both sides of it.
    message.Address(MessageWriter::kAdditional, exchanger, kTypeA, exchange.salt);
    if (exchange.has_opt) message.Opt(exchange, true);
    message.Address(MessageWriter::kAdditional, exchanger, kTypeAaaa, exchange.salt);
    return true;
  } else if (exchange.qtype == kTypeHttps) {
    constexpr std::array<uint8_t, 10> kRdata = {0, 1, 0, 0, 1, 0, 3, 2, 'h', '2'};
    message.Begin(MessageWriter::kAnswer, message.question(), kTypeHttps, 300);
    out.Bytes(kRdata.data(), kRdata.size());
    message.End();
  } else {
    Addresses(message, exchange, random);
    if (random.Percent(10)) {
      NameServers(message, exchange, 2, false);
      return true;
    }
  }
  return false;
}

uint16_t RcodeOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNxDomain: return kRcodeNxDomain;
    case Outcome::kServFail: return kRcodeServFail;
    case Outcome::kRefused: return kRcodeRefused;
    default: return kRcodeNoError;
  }
}

AnswerKind KindOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kReferral: return AnswerKind::kReferral;
    case Outcome::kNodata: return AnswerKind::kNodata;
    case Outcome::kAnswer:
    case Outcome::kLargeAnswer: return AnswerKind::kAnswer;
    default: return AnswerKind::kError;
  }
}

uint16_t ResponseFlags(const Exchange& exchange) {
  uint32_t flags = uint32_t{kFlagQr} | RcodeOf(exchange.outcome);
  if (IsResolver(exchange)) {
    flags |= kFlagRd | kFlagRa;
  } else if (exchange.outcome != Outcome::kReferral && exchange.outcome != Outcome::kServFail &&
             exchange.outcome != Outcome::kRefused) {
    flags |= kFlagAa;
  }
  return static_cast<uint16_t>(flags);
}

}  // namespace

void DrawExchange(const Population& population, Random& random, Exchange& exchange) {
  constexpr std::array<uint16_t, 4> kEdeCodes = {22, 22, 6, 23};
  const uint32_t roll = random.Below(1000);
  exchange.outcome = roll < 250                       ? Outcome::kNxDomain
                     : roll < 300                     ? Outcome::kServFail
                     : roll < 315                     ? Outcome::kRefused
                     : roll < 355                     ? Outcome::kReferral
                     : roll < 1000 - kAnswersPerMille ? Outcome::kNodata
                                                      : Outcome::kAnswer;
  exchange.qtype = exchange.outcome == Outcome::kAnswer   ? DrawType(kTypesAnswered, random)
                   : exchange.outcome == Outcome::kNodata ? DrawType(kTypesWithoutData, random)
                                                          : DrawType(kTypesInError, random);
  exchange.name = population.DrawName(random);
  exchange.id = random.Bits16();
  exchange.salt = random.Next();
  const uint32_t extras = random.Below(10000);
  exchange.has_opt = extras % 100 < 80;
  exchange.dnssec_ok = exchange.has_opt && extras % 100 < 46;
  exchange.has_cookie = exchange.has_opt && extras / 100 < 30;
  exchange.mixed_case = extras / 100 >= 95;
  // A response may have an OPT record only where the query has one (RFC 6891 §7): 5 of 8 of the
  // 80 % are half of all.
  const bool tells = exchange.outcome == Outcome::kServFail && exchange.has_opt;
  exchange.ede = tells && random.Below(8) < 5 ? kEdeCodes[random.Below(kEdeCodes.size())] : 0;
}

void MakeLarge(uint16_t size, Exchange& exchange) {
  exchange.outcome = Outcome::kLargeAnswer;
  exchange.qtype = kTypeTxt;
  exchange.has_opt = true;
  exchange.large_size = size;
}

MessageFacts WriteQuery(const Exchange& exchange, const Population& population, ByteWriter& out) {
  MessageWriter message(exchange, population, IsResolver(exchange) ? kFlagRd : uint16_t{0}, out);
  if (exchange.has_opt) message.Opt(exchange, false);
  message.Finish();
  return {.has_opt = exchange.has_opt, .opt_is_last = exchange.has_opt};
}

MessageFacts WriteResponse(const Exchange& exchange, const Population& population, Random& random,
                           ByteWriter& out) {
  MessageWriter message(exchange, population, ResponseFlags(exchange), out);
  bool opt_written = false;
  switch (exchange.outcome) {
    case Outcome::kServFail:
    case Outcome::kRefused: break;
    case Outcome::kNxDomain:
    case Outcome::kNodata:
      message.Soa();
      if (exchange.dnssec_ok) {
        message.Signature(MessageWriter::kAuthority, message.zone(), kTypeSoa, random);
      }
      break;
    case Outcome::kReferral:
      NameServers(message, exchange, static_cast<uint32_t>(2 + exchange.salt / 2 % 3),
                  exchange.salt % 5 < 2);
      opt_written = true;
      break;
    case Outcome::kAnswer:
    case Outcome::kLargeAnswer: opt_written = Answer(message, exchange, random); break;
  }
  if (exchange.has_opt && !opt_written) message.Opt(exchange, true);
  message.Finish();
  return {.is_response = true,
          .rcode = RcodeOf(exchange.outcome),
          .ede = exchange.ede,
          .kind = KindOf(exchange.outcome),
          .has_opt = exchange.has_opt,
          .opt_is_last = message.opt_is_last()};
}

}  // namespace rcodescope
