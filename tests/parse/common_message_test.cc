// Messages that are read in one go, and the same through the reader of all messages.
#include <algorithm>
#include <memory>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "parse/dns_message.h"
#include "tests/parse/decode.h"

namespace rcodescope {
namespace {

struct Reading {
  explicit Reading(const Bytes& message, decltype(DecodeMessage) decode) : seen(batch->Add()) {
    decode(Cursor(message, message.size()), Low4Reason::kSnapLength, seen, *batch, anomalies);
  }

  std::unique_ptr<ObservationBatch> batch = std::make_unique<ObservationBatch>();
  Observation& seen;
  AnomalyCounts anomalies{};
};

std::string Text(const Observation& seen) {
  std::string text;
  const auto add = [&](auto value) { text += std::to_string(value) + " "; };
  add(seen.id), add(seen.flags), add(seen.size), add(seen.is_response);
  add(static_cast<int>(seen.opcode)), add(seen.qtype), add(seen.rcode.packed());
  add(static_cast<int>(seen.certainty)), add(static_cast<int>(seen.low4_reason));
  add(static_cast<int>(seen.kind)), add(seen.has_opt), add(seen.dnssec_ok), add(seen.has_cookie);
  add(seen.has_ecs), add(seen.begins_transfer), add(seen.authority_soa), add(seen.edns_version);
  for (size_t i = 0; i < seen.ede.size; ++i) add(seen.ede.codes[i]);
  for (const NameRef name : {seen.qname, seen.final_name, seen.authority_owner}) {
    text += "[" + PresentationForm(name) + "]";
    add(name.labels);
  }
  add(seen.qname_labels.octets);
  for (const std::byte octet : seen.nsid) add(std::to_integer<int>(octet));
  return text;
}

void ExpectEqual(const Bytes& message) {
  const Reading either(message, DecodeMessage);
  const Reading odd(message, DecodeOddMessage);
  EXPECT_EQ(Text(either.seen), Text(odd.seen));
  EXPECT_EQ(either.anomalies, odd.anomalies);
}

std::vector<DnsMessage> Messages() {
  const std::vector<DnsQuestion> question = {{.name = Name("WWW.Example.com"), .type = 1}};
  const Bytes cookie = Option(10, Fill(24));
  const std::vector<DnsRecord> chain = {Cname(Pointer(12), Join(Labels("a"), Pointer(16))),
                                        Cname(Pointer(45), Name("cdn.test")), A(Name("cdn.test"))};
  return {
      {.response = false, .questions = question, .additional = {Opt({.options = cookie})}},
      {.questions = question, .answers = {A(Pointer(12)), A(Pointer(12))}, .additional = {Opt()}},
      {.questions = question, .answers = chain},
      {.questions = question, .answers = {Cname(Pointer(12), Name("b.c"))}},
      {.rcode = 3,
       .questions = question,
       .authority = {Soa(Pointer(16))},
       .additional = {Opt(
           {.extended_rcode = 1, .options = Join(cookie, Ede(22, "text"), Ede(3))})}},
      {.questions = question,
       .authority = {Ns(Pointer(20)), Ns(Pointer(20))},
       .additional = {A(Name("ns.example")), Opt(), A(Pointer(16))}},
      {.questions = question, .authority = {Ns(Name("."))}},
      {.questions = question, .additional = {Opt({.options = Option(3, Fill(9))})}},
      {.rcode = 9, .questions = question, .additional = {Opt(), Tsig({.error = 17})}},
      {.questions = {{.name = Name("."), .type = 2}}, .answers = {Ns(Pointer(12))}},
      {.questions = {{.name = Name("a.b.c.d.e.f.g.h.i.j.k.l.example"), .type = 6}},
       .authority = {Soa(Pointer(14))}},
  };
}

TEST(CommonMessage, IsReadAsAnyOther) {
  for (const DnsMessage& message : Messages()) ExpectEqual(Wire(message));
}

TEST(CommonMessage, EveryLengthAndEveryByteChanged) {
  for (const DnsMessage& message : Messages()) {
    const Bytes whole = Wire(message);
    for (size_t at = kDnsHeaderSize; at < whole.size(); ++at) {
      SCOPED_TRACE("byte " + std::to_string(at));
      ExpectEqual(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(at)));
      for (const unsigned value : {0u, 1u, 2u, 5u, 6u, 12u, 41u, 63u, 64u, 192u, 250u, 255u}) {
        ExpectEqual(WithU8(whole, at, value));
      }
    }
  }
}

TEST(CommonMessage, ChangedAtRandom) {
  constexpr uint64_t kSeed = 20260102;
  std::mt19937_64 random(kSeed);
  std::vector<Bytes> seeds;
  for (const DnsMessage& message : Messages()) seeds.push_back(Wire(message));
  for (int i = 0; i < 100'000 && !testing::Test::HasFailure(); ++i) {
    Bytes message = seeds[random() % seeds.size()];
    for (uint64_t changes = random() % 6; changes != 0; --changes) {
      message[random() % message.size()] = static_cast<std::byte>(random() >> random() % 57);
    }
    SCOPED_TRACE("seed " + std::to_string(kSeed) + ", message " + std::to_string(i));
    ExpectEqual(message);
  }
}

}  // namespace
}  // namespace rcodescope
