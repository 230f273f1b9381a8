// Header, question, other opcodes, and the names a message is known by.
#include <string>

#include <gtest/gtest.h>
#include <time.h>

#include "tests/parse/decode.h"

namespace rcodescope {
namespace {

using Anomalies = std::vector<Anomaly>;

TEST(Message, HeaderFieldsOfAQuery) {
  const Decoded decoded =
      Decode(Wire(DnsMessage{.id = 0xbeef,
                             .response = false,
                             .rcode = 3,
                             .questions = {{.name = Name("WWW.Example.COM"), .type = 28}},
                             .additional = {Opt({.extended_rcode = 1})}}));
  const Observation& fields = decoded.seen.fields;
  EXPECT_FALSE(fields.is_response) << "a code in a query is no response's";
  EXPECT_EQ(fields.id, 0xbeef);
  EXPECT_EQ(fields.opcode, Opcode::kQuery);
  EXPECT_EQ(fields.kind, AnswerKind::kNone);
  EXPECT_EQ(fields.qtype, 28);
  EXPECT_EQ(decoded.seen.qname, "") << "nothing is counted by the name of a query";
  EXPECT_EQ(decoded.anomalies, Anomalies{});
}

TEST(Message, EveryOpcodeKeepsItsRcode) {
  for (uint8_t opcode = 0; opcode < 16; ++opcode) {
    for (const uint8_t rcode : {uint8_t{0}, uint8_t{4}, uint8_t{9}}) {
      const Decoded decoded = Decode(Wire(DnsMessage{.opcode = opcode, .rcode = rcode}));
      EXPECT_EQ(decoded.seen.fields.opcode, static_cast<Opcode>(opcode));
      EXPECT_EQ(decoded.seen.fields.rcode, Dns(rcode));
      EXPECT_TRUE(decoded.seen.full());
      EXPECT_EQ(decoded.seen.fields.kind == AnswerKind::kNone, opcode != 0)
          << "kinds are of QUERY only";
    }
  }
}

// RFC 2136 §2: the sections are zone, prerequisite and update; records without RDATA are usual.
TEST(Message, UpdateRecordsWithoutRdataArePassedOver) {
  const DnsRecord delete_set{
      .owner = Name("old.example.com"), .type = 1, .rclass = 255, .ttl = 0, .rdata = {}};
  const DnsRecord in_use{.owner = Pointer(12), .type = 255, .rclass = 255, .ttl = 0, .rdata = {}};
  const Decoded decoded = Decode(Wire(DnsMessage{.opcode = 5,
                                                 .rcode = 6,
                                                 .questions = {{.type = 6}},
                                                 .answers = {in_use},
                                                 .authority = {delete_set, delete_set},
                                                 .additional = {Opt({.extended_rcode = 1})}}));
  EXPECT_EQ(decoded.seen.fields.rcode, Dns(22));
  EXPECT_TRUE(decoded.seen.full());
  EXPECT_EQ(decoded.seen.qname, "example.com.");
  EXPECT_EQ(decoded.anomalies, Anomalies{});
}

TEST(Message, UpdateSectionsAreNoEvidenceOfZoneCuts) {
  const Decoded decoded = Decode(Wire(DnsMessage{.opcode = 5,
                                                 .questions = {{.type = 6}},
                                                 .answers = {Cname(Pointer(12), Name("a.test"))},
                                                 .authority = {Ns(Name("sub.example.com"))}}));
  EXPECT_EQ(decoded.seen.authority_owner, "") << "the section is not called authority there";
  EXPECT_EQ(decoded.seen.final_name, "");
}

TEST(Message, UpdateAnswersMayBeAHeaderAlone) {  // RFC 2136 §3.8
  const Decoded decoded = Decode(Wire(DnsMessage{.opcode = 5, .rcode = 9, .questions = {}}));
  EXPECT_EQ(decoded.seen.fields.rcode, Dns(9));
  EXPECT_TRUE(decoded.seen.full());
}

// RFC 8490 §5.4: all counts are 0 and TLVs follow the header.
TEST(Message, DsoTlvsAreNoTrailingBytes) {
  const Bytes keepalive = Hex("0001 0008 00003a98 00003a98");
  const Decoded decoded =
      Decode(Wire(DnsMessage{.opcode = 6, .rcode = 11, .questions = {}, .trailing = keepalive}));
  EXPECT_EQ(RcodeName(decoded.seen.fields.rcode), "DSOTYPENI");
  EXPECT_TRUE(decoded.seen.full());
  EXPECT_EQ(decoded.anomalies, Anomalies{});
}

TEST(Message, OfSeveralQuestionsTheFirstCounts) {
  const Decoded decoded =
      Decode(Wire(DnsMessage{.rcode = 7,
                             .questions = {{.name = Name("first.test"), .type = 15},
                                           {.name = Name("second.test")},
                                           {.name = Pointer(12)}},
                             .additional = {Opt({.extended_rcode = 1})}}));
  EXPECT_EQ(decoded.seen.qname, "first.test.");
  EXPECT_EQ(decoded.seen.fields.qtype, 15);
  EXPECT_EQ(decoded.seen.fields.rcode, Dns(23));
  EXPECT_TRUE(decoded.seen.full());
  EXPECT_EQ(decoded.anomalies, Anomalies{Anomaly::kQuestionMultiple});
}

TEST(Message, AQuestionNameThatCannotBeReadIsPassedOverWhereItCanBe) {
  const std::string label63 = std::string(63, 'a') + ".";
  const struct {
    const char* name;
    Bytes question;
  } kCases[] = {
      {"256 octets", Name(label63 + label63 + label63 + std::string(62, 'b'))},
      {"a pointer to itself", Pointer(12)},
      {"a pointer into the header", Join(Labels("www"), Pointer(2))},
      {"a forward pointer", Pointer(20)},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const Decoded decoded =
        Decode(Wire(DnsMessage{.rcode = 7,
                               .questions = {{.name = test.question, .type = 16}},
                               .answers = {A(Name("a.test"))},
                               .additional = {Opt({.extended_rcode = 1})}}));
    EXPECT_EQ(decoded.seen.qname, "");
    EXPECT_EQ(decoded.seen.fields.rcode, Dns(23));
    EXPECT_TRUE(decoded.seen.full());
    EXPECT_EQ(decoded.anomalies, Anomalies{Anomaly::kQuestionInvalid});
  }
}

TEST(Message, NamesOfAllKindsAreTheQuestions) {
  for (const char* name : {".", "xn--bcher-kva.example.", "7.100.51.198.in-addr.arpa.",
                           "8.b.d.0.1.0.0.2.ip6.arpa.", "com."}) {
    const Decoded decoded = Decode(Wire(DnsMessage{.questions = {{.name = Name(name)}}}));
    EXPECT_EQ(decoded.seen.qname, name);
  }
}

TEST(Chain, FinalNameIsTheLastCnamesTarget) {
  const auto chain = [](std::vector<DnsRecord> answers) {
    return Decode(Wire(DnsMessage{.rcode = 3,
                                  .questions = {{.name = Name("a.test")}},
                                  .answers = std::move(answers)}))
        .seen.final_name;
  };
  const DnsRecord ab = Cname(Pointer(12), Name("b.test"));
  const DnsRecord bc = Cname(Name("b.test"), Name("c.example"));
  EXPECT_EQ(chain({}), "");
  EXPECT_EQ(chain({A()}), "");
  EXPECT_EQ(chain({ab}), "b.test.");
  EXPECT_EQ(chain({ab, bc}), "c.example.");
  EXPECT_EQ(chain({ab, bc, A(Name("c.example"))}), "c.example.");
  EXPECT_EQ(chain({Cname(Name("A.TEST"), Name("B.Test")), bc}), "c.example.") << "in any case";
  EXPECT_EQ(chain({ab, Cname(Name("x.test"), Name("y.test"))}), "b.test.")
      << "a CNAME of another name is no part of the chain";
  EXPECT_EQ(chain({Dname(Name("test"), Name("example")), Cname(Pointer(12), Name("a.example"))}),
            "a.example.");
  EXPECT_EQ(chain({ab, Cname(Name("b.test"), Pointer(12))}), "a.test.") << "a loop ends";
}

TEST(Chain, CompressedOwnersAreFollowed) {
  // Question a.test at 12 … 19, then type and class; the first record at 24, its RDATA at 36.
  const Bytes message = Wire(
      DnsMessage{.questions = {{.name = Name("a.test")}},
                 .answers = {Cname(Pointer(12), Join(Labels("b"), Pointer(14))),
                             Cname(Pointer(36), Join(Labels("c"), Pointer(38))), A(Pointer(52))}});
  ASSERT_EQ(Cut(message, 38), Join(Cut(message, 36), Labels("b")));
  EXPECT_EQ(Decode(message).seen.final_name, "c.test.");
  EXPECT_EQ(Decode(message).seen.fields.kind, AnswerKind::kAnswer);
}

// Names written out cost time to compare; a server that compresses has none.
TEST(Chain, BeyondFourNamesWrittenOutIsLost) {
  const Bytes names[] = {Name("a.a"), Name("b.a"), Name("c.a"),
                         Name("d.a"), Name("e.a"), Name("f.a")};
  std::vector<DnsRecord> answers;
  for (size_t i = 0; i < 4; ++i) answers.push_back(Cname(names[i], names[i + 1]));
  const auto last = [&] {
    return Decode(Wire(DnsMessage{.questions = {{.name = Name("a.a")}}, .answers = answers}))
        .seen.final_name;
  };
  EXPECT_EQ(last(), "e.a.");
  answers.push_back(Cname(names[4], names[5]));
  EXPECT_EQ(last(), "");
}

TEST(Chain, BeyondNineCompressedOwnersIsLost) {
  // As above: records of 16 bytes, each owner pointing at the RDATA before it.
  const auto last = [](size_t records) {
    std::vector<DnsRecord> answers;
    for (size_t i = 0; i < records; ++i) {
      const size_t owner = i == 0 ? 12 : 36 + 16 * (i - 1);
      answers.push_back(Cname(
          Pointer(owner), Join(Labels(std::string(1, static_cast<char>('b' + i))), Pointer(14))));
    }
    return Decode(Wire(DnsMessage{.questions = {{.name = Name("a.test")}}, .answers = answers}))
        .seen.final_name;
  };
  EXPECT_EQ(last(9), "j.test.");
  EXPECT_EQ(last(10), "");
}

TEST(Chain, ATargetThatCannotBeReadLeadsNowhere) {
  // The second owner points at the first target, which ends in a pointer behind the message.
  const Bytes message =
      Wire(DnsMessage{.rcode = 3,
                      .questions = {{.name = Name("a.test")}},
                      .answers = {Cname(Pointer(12), Join(Labels("b"), Pointer(500))),
                                  Cname(Pointer(36), Name("evil.example")), A(Pointer(52))}});
  EXPECT_EQ(Decode(message).seen.final_name, "");
}

TEST(Chain, ATargetThatDoesNotFillItsRdataIsNoName) {
  const DnsRecord evil = A(Name("evil.example"));
  const struct {
    const char* name;
    Bytes rdata;
  } kCases[] = {
      {"RDLEN 0", {}},
      {"RDATA that ends inside the name", Labels("b")},
      {"RDATA that is half a pointer", Hex("c0")},
      {"a forward pointer", Pointer(200)},
      {"a bad label", Hex("8000")},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const Decoded decoded =
        Decode(Wire(DnsMessage{.rcode = 3, .answers = {Cname(Pointer(12), test.rdata), evil}}));
    EXPECT_EQ(decoded.seen.final_name, "");
    EXPECT_EQ(decoded.seen.fields.rcode, Dns(3));
    EXPECT_TRUE(decoded.seen.full());
  }
}

TEST(Chain, TwoNamesThatCannotBeReadAreNotTheSame) {
  const Decoded decoded = Decode(Wire(DnsMessage{
      .rcode = 3,
      .answers = {Cname(Pointer(12), Pointer(500)), Cname(Pointer(600), Name("evil.example"))}}));
  EXPECT_NE(decoded.seen.final_name, "evil.example.");
}

TEST(Authority, OwnerIsTheSoasOrElseTheFirstNs) {
  const auto owner = [](std::vector<DnsRecord> authority) {
    return Decode(Wire(DnsMessage{.questions = {{.name = Name("www.example.com")}},
                                  .authority = std::move(authority)}))
        .seen.authority_owner;
  };
  const DnsRecord ns = Ns(Pointer(16));  // example.com
  EXPECT_EQ(owner({}), "");
  EXPECT_EQ(Decode(Wire(DnsMessage{.id = 0, .answers = {A()}})).seen.authority_owner, "")
      << "the header is no name";
  EXPECT_EQ(owner({ns, ns}), "example.com.");
  EXPECT_EQ(owner({Ns(Pointer(12)), ns}), "www.example.com.");
  EXPECT_EQ(owner({ns, Soa(Pointer(24))}), "com.");
  EXPECT_EQ(owner({Soa(Name("EXAMPLE.com")), ns}), "example.com.");
  EXPECT_EQ(owner({Ns(Name("."))}), ".");
  EXPECT_EQ(owner({Ns(Pointer(28))}), ".") << "the question's root octet";
  EXPECT_EQ(owner({A()}), "");
  EXPECT_EQ(owner({Ns(Name("other.test"))}), "other.test.");
  EXPECT_EQ(owner({Ns(Pointer(17))}), "") << "a pointer into a label reads no good name";
}

// Where a pointer leads is counted from the header, and parts of the question from its own start.
TEST(Authority, OwnerIsTheWholeQuestionWhereAPointerLeadsToIt) {
  const std::string label(11, 'a');  // 12 octets with its length, as many as the header
  const Bytes question = Name(label + ".test");
  EXPECT_EQ(Decode(Wire(DnsMessage{.questions = {{.name = question}},
                                   .authority = {Soa(Pointer(kQuestionOffset))}}))
                .seen.authority_owner,
            label + ".test.");
}

double ThreadSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// DecodeMessage: cost is linear in the length. 64 KB of CNAME records, each owned
// by a chain of 8,000 pointers, would take 30 million steps if each were followed.
TEST(Cost, ChainsOfPointersAreNotFollowedForEveryRecord) {
  Bytes chain = U16(0);
  constexpr size_t kChainBegin = kQuestionOffset + 17 + 2 + 10;  // question, then a record's fields
  while (kChainBegin + chain.size() < 0x3ffe) {
    const size_t here = kChainBegin + chain.size();
    chain = Join(chain, Pointer(here - 2));
  }
  const size_t last = kChainBegin + chain.size() - 2;
  DnsMessage message{.answers = {{.type = 10, .rdata = chain}}};
  Bytes wire = Wire(message);
  const Bytes record = Wire(Cname(Pointer(last), Pointer(last)));
  unsigned records = 1;
  while (wire.size() + record.size() <= 0xffff) {
    wire.insert(wire.end(), record.begin(), record.end());
    ++records;
  }
  wire = WithU16(wire, 6, records);
  const double begin = ThreadSeconds();
  constexpr int kTimes = 20;
  for (int i = 0; i < kTimes; ++i) Decode(wire);
  EXPECT_LT(ThreadSeconds() - begin, 1.0) << "for " << kTimes << " messages";
}

}  // namespace
}  // namespace rcodescope
