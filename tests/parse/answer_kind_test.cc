// What a NOERROR response is: RFC 2308 §2.
#include <gtest/gtest.h>

#include "tests/parse/decode.h"

namespace rcodescope {
namespace {

constexpr uint16_t kMx = 15;
constexpr uint16_t kAnyType = 255;
const Bytes kQname = Name("www.example.com");  // at 12; example.com at 16, com at 24

DnsMessage Of(uint16_t qtype) { return {.questions = {{.name = kQname, .type = qtype}}}; }

AnswerKind KindOf(const DnsMessage& message) { return Decode(Wire(message)).seen.fields.kind; }

DnsMessage Sections(uint16_t qtype, std::vector<DnsRecord> answers,
                    std::vector<DnsRecord> authority, bool aa = false) {
  DnsMessage message = Of(qtype);
  message.answers = std::move(answers);
  message.authority = std::move(authority);
  message.aa = aa;
  return message;
}

TEST(AnswerKind, IsToldByTheSections) {
  const DnsRecord a = A();
  const DnsRecord cname = Cname(Pointer(12), Name("cdn.test"));
  const DnsRecord dname = Dname(Pointer(16), Name("example.net"));
  const DnsRecord cname_of_dname = Cname(Pointer(12), Name("www.example.net"));
  const DnsRecord target = A(Name("cdn.test"));
  const DnsRecord soa = Soa(Pointer(16));
  const DnsRecord ns = Ns(Pointer(16));
  const DnsRecord root_ns = Ns(Name("."));
  const DnsRecord signature{.type = 46, .rdata = Fill(40)};
  const struct {
    const char* name;
    DnsMessage message;
    AnswerKind expected;
  } kCases[] = {
      {"an A for an A", Sections(1, {a}, {}), AnswerKind::kAnswer},
      {"an A beside its signature", Sections(1, {signature, a}, {}), AnswerKind::kAnswer},
      {"an A with NS in authority", Sections(1, {a}, {ns}), AnswerKind::kAnswer},
      {"a chain to an A", Sections(1, {cname, target}, {}), AnswerKind::kAnswer},
      {"a chain to an A, out of order", Sections(1, {target, cname}, {}), AnswerKind::kAnswer},
      {"a CNAME for a CNAME", Sections(5, {cname}, {}), AnswerKind::kAnswer},
      {"anything for ANY", Sections(kAnyType, {cname}, {}), AnswerKind::kAnswer},
      {"a DNAME for a DNAME", Sections(39, {dname}, {}), AnswerKind::kAnswer},
      {"NODATA type 1: SOA and NS", Sections(kMx, {}, {soa, ns}), AnswerKind::kNodata},
      {"NODATA type 1, NS first", Sections(kMx, {}, {ns, soa}), AnswerKind::kNodata},
      {"NODATA type 2: SOA", Sections(kMx, {}, {soa}, true), AnswerKind::kNodata},
      {"NODATA type 3: nothing", Sections(kMx, {}, {}), AnswerKind::kNodata},
      {"NODATA behind a chain", Sections(kMx, {cname}, {soa}), AnswerKind::kNodata},
      {"a referral", Sections(1, {}, {ns}), AnswerKind::kReferral},
      {"a referral behind a chain", Sections(1, {cname}, {ns}), AnswerKind::kReferral},
      {"a CNAME and nothing else", Sections(1, {cname}, {}), AnswerKind::kCnameOnly},
      {"a DNAME, its CNAME and nothing else", Sections(1, {dname, cname_of_dname}, {}),
       AnswerKind::kCnameOnly},
      {"a chain out of order and nothing else",
       Sections(1, {Cname(Name("cdn.test"), Name("c.test")), cname}, {}), AnswerKind::kCnameOnly},
      {"a referral up to the root", Sections(1, {}, {root_ns}), AnswerKind::kLame},
      {"signatures alone are no answer", Sections(1, {signature}, {soa}), AnswerKind::kNodata},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(KindOf(test.message), test.expected);
  }
}

TEST(AnswerKind, ARootsReferralOfTheRootIsNotLame) {
  DnsMessage message{.questions = {{.name = Name("."), .type = 1}}, .authority = {Ns(Name("."))}};
  EXPECT_NE(KindOf(message), AnswerKind::kLame);
}

TEST(AnswerKind, AnAuthoritativeMessageIsNotLame) {
  EXPECT_NE(KindOf(Sections(1, {}, {Ns(Name("."))}, /*aa=*/true)), AnswerKind::kLame);
}

TEST(AnswerKind, OfErrorsIsErrorWhateverTheSectionsHold) {
  // NXDOMAIN is decided by the code alone (RFC 2308 §2.1), and may carry a chain (RFC 6604 §3).
  const DnsRecord cname = Cname(Pointer(12), Name("gone.test"));
  for (const uint8_t rcode : {uint8_t{1}, uint8_t{2}, uint8_t{3}, uint8_t{5}, uint8_t{12}}) {
    DnsMessage message = Sections(1, {cname}, {Soa(Name("test"))});
    message.rcode = rcode;
    EXPECT_EQ(KindOf(message), AnswerKind::kError);
    EXPECT_EQ(Decode(Wire(message)).seen.final_name, "gone.test.");
  }
}

TEST(AnswerKind, OfTruncatedNoerrorIsTruncated) {  // RRL slips, say: not NODATA
  DnsMessage message = Of(1);
  message.tc = true;
  EXPECT_EQ(KindOf(message), AnswerKind::kTruncated);
  message.authority = {Soa(Pointer(16))};
  EXPECT_EQ(KindOf(message), AnswerKind::kTruncated);
  message.ancount = 9;
  EXPECT_EQ(KindOf(message), AnswerKind::kTruncated);
}

TEST(AnswerKind, TsigAndTkeyErrorsAreErrors) {
  DnsMessage message = Of(249);
  message.answers = {Tkey(19)};
  EXPECT_EQ(KindOf(message), AnswerKind::kError);
  message.rcode = 9;
  message.answers.clear();
  message.additional = {Tsig({.error = 17})};
  EXPECT_EQ(KindOf(message), AnswerKind::kError);
}

TEST(AnswerKind, OfTransfersIsAnAnswerWhileTheyHoldRecords) {
  for (const uint16_t qtype : {uint16_t{251}, uint16_t{252}}) {
    EXPECT_EQ(KindOf(Sections(qtype, {Soa(Pointer(16)), A()}, {})), AnswerKind::kAnswer);
    EXPECT_EQ(KindOf(Sections(qtype, {A(), A()}, {})), AnswerKind::kAnswer)
        << "one of the messages in the middle";
    DnsMessage without_question = Sections(qtype, {A()}, {});
    without_question.questions.clear();  // RFC 5936 §2.2: may be, from the second message on
    without_question.answers[0].owner = Name("a.test");
    EXPECT_EQ(KindOf(without_question), AnswerKind::kAnswer);
  }
}

TEST(AnswerKind, IsUndeterminedWhereItCannotBeKnown) {
  const OptFields not_root{.owner = Name("test")};
  DnsMessage invalid_opt = Of(1);
  invalid_opt.additional = {Opt(not_root)};  // the code may be BADVERS
  EXPECT_EQ(KindOf(invalid_opt), AnswerKind::kUndetermined);

  DnsMessage beyond_end = Of(1);
  beyond_end.ancount = 1;
  EXPECT_EQ(KindOf(beyond_end), AnswerKind::kUndetermined);

  const DnsMessage good = Sections(1, {A()}, {Soa(Pointer(16))});
  const Bytes whole = Wire(good);
  const size_t answer_end = kDnsHeaderSize + Wire(good.questions[0]).size() + Wire(A()).size();
  for (size_t size = kDnsHeaderSize; size < answer_end; ++size) {
    EXPECT_EQ(Decode(Cut(whole, size), whole.size()).seen.fields.kind, AnswerKind::kUndetermined)
        << size;
  }
}

TEST(AnswerKind, OfAQueryIsNone) {
  DnsMessage message = Of(1);
  message.response = false;
  EXPECT_EQ(KindOf(message), AnswerKind::kNone);
}

}  // namespace
}  // namespace rcodescope
