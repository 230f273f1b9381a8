// The 12-bit code and how much of it is known: RFC 6891 §6.1.
#include <string>

#include <gtest/gtest.h>

#include "tests/parse/decode.h"

namespace rcodescope {
namespace {

using Anomalies = std::vector<Anomaly>;

DnsMessage WithOpt(const OptFields& opt, uint8_t rcode = 0) {
  return {.rcode = rcode, .additional = {Opt(opt)}};
}

TEST(Rcode12, EveryCodeOf12Bits) {
  for (unsigned code = 0; code < 4096; ++code) {
    const auto nibble = static_cast<uint8_t>(code & 0xf);
    const OptFields opt{.extended_rcode = static_cast<uint8_t>(code >> 4)};
    const Decoded decoded = Decode(Wire(WithOpt(opt, nibble)));
    ASSERT_EQ(decoded.seen.fields.rcode, Dns(code));
    ASSERT_EQ(decoded.seen.fields.certainty, Certainty::kFull);
    ASSERT_EQ(decoded.seen.fields.header_rcode(), nibble);
    ASSERT_EQ(decoded.anomalies, Anomalies{});
    if (code != 0) {
      ASSERT_EQ(decoded.seen.fields.kind, AnswerKind::kError) << code;
    }
  }
}

TEST(Rcode12, EveryNibbleWithoutAnOpt) {
  for (uint8_t code = 0; code < 16; ++code) {
    const Decoded decoded = Decode(Wire(DnsMessage{.rcode = code}));
    EXPECT_EQ(decoded.seen.fields.rcode, Dns(code));
    EXPECT_TRUE(decoded.seen.full());
    EXPECT_FALSE(decoded.seen.fields.has_opt);
  }
}

TEST(Rcode12, TheCodesThatOtherToolsGetWrong) {
  EXPECT_EQ(RcodeName(Decode(Wire(WithOpt({.extended_rcode = 1}, 7))).seen.fields.rcode),
            "BADCOOKIE");  // RFC 7873 §8, never YXRRSET
  DnsMessage badvers = WithOpt({.extended_rcode = 1, .version = 1});
  EXPECT_EQ(RcodeName(Decode(Wire(badvers)).seen.fields.rcode), "BADVERS");
  EXPECT_EQ(Decode(Wire(badvers)).seen.fields.kind, AnswerKind::kError) << "not nodata";
  badvers.questions.clear();
  EXPECT_EQ(RcodeName(Decode(Wire(badvers)).seen.fields.rcode), "BADVERS");
  EXPECT_EQ(Decode(Wire(badvers)).seen.fields.kind, AnswerKind::kError);
}

TEST(Opt, FieldsAreReadWhereverItStandsInTheAdditionalSection) {
  const DnsRecord opt = Opt({.extended_rcode = 1,
                             .version = 5,
                             .dnssec_ok = true,
                             .options = Join(Option(8, Hex("0001180000c00002")),  // RFC 7871 §6
                                             Option(10, Fill(24, 7)),             // COOKIE
                                             Option(3, Text("ns1")),              // NSID
                                             Option(65001, {}), Ede(22))});
  const DnsRecord glue = A(Name("ns.example"));
  const DnsRecord tsig = Tsig({});
  const struct {
    const char* name;
    std::vector<DnsRecord> additional;
  } kCases[] = {
      {"alone", {opt}},
      {"behind glue", {glue, glue, opt}},
      {"before glue", {opt, glue}},
      {"before a TSIG", {opt, tsig}},
      {"between both", {glue, opt, tsig}},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const Decoded decoded = Decode(Wire(DnsMessage{.rcode = 7,
                                                   .answers = {A()},
                                                   .authority = {Ns(Name("example"))},
                                                   .additional = test.additional}));
    const Observation& fields = decoded.seen.fields;
    EXPECT_EQ(fields.rcode, Dns(23));
    EXPECT_TRUE(decoded.seen.full());
    EXPECT_TRUE(fields.has_opt);
    EXPECT_EQ(fields.edns_version, 5);
    EXPECT_TRUE(fields.dnssec_ok);
    EXPECT_TRUE(fields.has_ecs);
    EXPECT_TRUE(fields.has_cookie);
    EXPECT_EQ(decoded.seen.nsid, Text("ns1"));
    EXPECT_EQ(decoded.seen.ede, std::vector<uint16_t>{22});
    EXPECT_EQ(decoded.anomalies, Anomalies{});
  }
}

TEST(Opt, OfSeveralNsidsTheFirstWithBytesCounts) {
  const Bytes empty = Option(3, {});  // as a query has it, RFC 5001 §2.1
  const DnsRecord opt =
      Opt({.options = Join(empty, Option(3, Text("ns1")), empty, Option(3, Text("ns2")))});
  EXPECT_EQ(Decode(Wire(DnsMessage{.additional = {opt}})).seen.nsid, Text("ns1"));
}

TEST(Opt, OneThatMayNotBeBelievedLeavesTheNibble) {
  const DnsRecord good = Opt({.extended_rcode = 1});
  const DnsRecord named = Opt({.extended_rcode = 1, .owner = Name("example")});
  const DnsRecord pointed = Opt({.extended_rcode = 1, .owner = Pointer(12)});
  const DnsRecord past_end = Opt({.extended_rcode = 1, .rdlength = 1});
  const DnsRecord far_past_end = Opt({.extended_rcode = 1, .rdlength = 0xffff});
  const struct {
    const char* name;
    DnsMessage message;
    Anomalies expected;
  } kCases[] = {
      {"a name for its owner", {.rcode = 7, .additional = {named}}, {Anomaly::kOptOwnerNotRoot}},
      {"a pointer for its owner",
       {.rcode = 7, .additional = {pointed}},
       {Anomaly::kOptOwnerNotRoot}},
      {"in the answer", {.rcode = 7, .answers = {good}}, {Anomaly::kOptMisplaced}},
      {"in authority", {.rcode = 7, .authority = {good}}, {Anomaly::kOptMisplaced}},
      {"RDLEN one past the end",
       {.rcode = 7, .additional = {past_end}},
       {Anomaly::kOptRdlenPastEnd}},
      {"RDLEN 65535", {.rcode = 7, .additional = {far_past_end}}, {Anomaly::kOptRdlenPastEnd}},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const Decoded decoded = Decode(Wire(test.message));
    EXPECT_EQ(decoded.seen.fields.rcode, Dns(7)) << "the nibble, space dns";
    EXPECT_EQ(decoded.seen.fields.certainty, Certainty::kLow4);
    EXPECT_EQ(decoded.seen.fields.low4_reason, Low4Reason::kOptInvalid);
    EXPECT_FALSE(decoded.seen.fields.has_opt);
    EXPECT_EQ(decoded.anomalies, test.expected);
  }
}

TEST(Opt, AGoodOneBesideABadOneCounts) {
  const DnsRecord good = Opt({.extended_rcode = 1});
  const DnsRecord named = Opt({.extended_rcode = 2, .owner = Name("example")});
  const struct {
    const char* name;
    DnsMessage message;
    Anomalies expected;
  } kCases[] = {
      {"misplaced in the answer",
       {.rcode = 7, .answers = {named}, .additional = {good}},
       {Anomaly::kOptMisplaced}},
      {"of another owner before it",
       {.rcode = 7, .additional = {named, good}},
       {Anomaly::kOptOwnerNotRoot}},
      {"of another owner behind it",
       {.rcode = 7, .additional = {good, named}},
       {Anomaly::kOptOwnerNotRoot}},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const Decoded decoded = Decode(Wire(test.message));
    EXPECT_EQ(decoded.seen.fields.rcode, Dns(23));
    EXPECT_TRUE(decoded.seen.full());
    EXPECT_EQ(decoded.anomalies, test.expected);
  }
}

TEST(Opt, OfSeveralTheFirstCounts) {  // RFC 6891 §6.1.1 allows one
  for (size_t more = 1; more < 4; ++more) {
    DnsMessage message = WithOpt({.extended_rcode = 1}, 7);
    message.additional.insert(message.additional.end(), more, Opt({.extended_rcode = 2}));
    const Decoded decoded = Decode(Wire(message));
    EXPECT_EQ(decoded.seen.fields.rcode, Dns(23));
    EXPECT_TRUE(decoded.seen.full());
    EXPECT_EQ(decoded.anomalies, Anomalies(more, Anomaly::kOptMultiple));
  }
}

TEST(Opt, OptionsThatOverrunItKeepTheCode) {
  const Bytes cookie = Option(10, Fill(8, 1));
  const struct {
    const char* name;
    Bytes options;
    bool has_cookie;
    bool overrun;
  } kCases[] = {
      {"an option of no bytes", Option(10, {}), true, false},
      {"two options of no bytes", Join(Option(5, {}), Option(10, {})), true, false},
      {"length one past the end", Option(10, Fill(8), 9), false, true},
      {"length 65535", Option(10, Fill(8), 0xffff), false, true},
      {"half an option header", Join(cookie, Hex("000a00")), true, true},
      {"one byte", Hex("00"), false, true},
      {"good, then past the end", Join(cookie, Option(3, {}, 1)), true, true},
      {"ECS, then a cookie", Join(Option(8, Hex("00012000c0000201")), cookie), true, false},
      {"ECS of family 0", Join(Option(8, Hex("00000000")), cookie), true, false},
      {"ECS of an unknown family", Join(Option(8, Hex("1234ffff01")), cookie), true, false},
      {"ECS with a prefix beyond its family's", Join(Option(8, Hex("0001ff00c0000201")), cookie),
       true, false},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const OptFields opt{.extended_rcode = 1, .options = test.options};
    const Decoded decoded = Decode(Wire(WithOpt(opt, 7)));
    EXPECT_EQ(decoded.seen.fields.rcode, Dns(23));
    EXPECT_TRUE(decoded.seen.full());
    EXPECT_EQ(decoded.seen.fields.has_cookie, test.has_cookie);
    EXPECT_EQ(decoded.anomalies,
              test.overrun ? Anomalies{Anomaly::kOptOptionOverrun} : Anomalies{});
  }
}

TEST(ExtendedErrors, AreAdvisoryAndSeveralMayBe) {  // RFC 8914 §2–3
  const auto nine = [] {
    Bytes options;
    for (uint16_t code = 0; code < 9; ++code) options = Join(options, Ede(code));
    return options;
  };
  const struct {
    const char* name;
    Bytes options;
    std::vector<uint16_t> codes;
    Anomalies anomalies;
  } kCases[] = {
      {"with text", Ede(22, "no reachable authority"), {22}, {}},
      {"text that is not UTF-8", Ede(6, "\xff\xfe"), {6}, {}},
      {"text of a NUL", Ede(6, std::string_view("\0", 1)), {6}, {}},
      {"long text", Ede(6, std::string(60'000, 'x')), {6}, {}},
      {"two", Join(Ede(3), Ede(22)), {3, 22}, {}},
      {"the same twice", Join(Ede(3), Ede(3)), {3, 3}, {}},
      {"an unknown code", Ede(0xffff), {0xffff}, {}},
      {"no INFO-CODE", Option(15, {}), {}, {Anomaly::kEdeShort}},
      {"half an INFO-CODE", Join(Option(15, U8(0)), Ede(5)), {5}, {Anomaly::kEdeShort}},
      {"eight", Cut(nine(), 48), {0, 1, 2, 3, 4, 5, 6, 7}, {}},
      {"nine", nine(), {0, 1, 2, 3, 4, 5, 6, 7}, {Anomaly::kEdeTooMany}},
      {"eighteen", Join(nine(), nine()), {0, 1, 2, 3, 4, 5, 6, 7}, {Anomaly::kEdeTooMany}},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    for (const uint8_t rcode : {uint8_t{0}, uint8_t{2}}) {
      const Decoded decoded = Decode(Wire(WithOpt({.options = test.options}, rcode)));
      EXPECT_EQ(decoded.seen.fields.rcode, Dns(rcode));
      EXPECT_TRUE(decoded.seen.full());
      EXPECT_EQ(decoded.seen.ede, test.codes);
      EXPECT_EQ(decoded.anomalies, test.anomalies);
    }
  }
}

TEST(Certainty, AMessageShorterThanItsCountsKeepsItsNibble) {
  const Bytes bad_label = Hex("40");
  const struct {
    const char* name;
    DnsMessage message;
    Low4Reason reason;
    Anomalies anomalies;
  } kCases[] = {
      {"a truncated answer with the counts of the whole",
       {.rcode = 3, .tc = true, .ancount = 5, .nscount = 2, .arcount = 1},
       Low4Reason::kCountsBeyondEnd,
       {Anomaly::kCountsBeyondEnd}},
      {"one record that is not there",
       {.rcode = 3, .arcount = 1},
       Low4Reason::kCountsBeyondEnd,
       {Anomaly::kCountsBeyondEnd}},
      {"counts of 65535",
       {.rcode = 3, .ancount = 65535, .nscount = 65535, .arcount = 65535},
       Low4Reason::kCountsBeyondEnd,
       {Anomaly::kCountsBeyondEnd}},
      {"a record cut in its fixed fields",
       {.rcode = 3, .trailing = Join(Name("a"), Fill(9)), .arcount = 1},
       Low4Reason::kCountsBeyondEnd,
       {Anomaly::kCountsBeyondEnd}},
      {"a record cut in its owner",
       {.rcode = 3, .trailing = Labels("abc"), .arcount = 1},
       Low4Reason::kCountsBeyondEnd,
       {Anomaly::kCountsBeyondEnd}},
      {"a bad label",
       {.rcode = 3, .trailing = Join(bad_label, Fill(80)), .arcount = 1},
       Low4Reason::kRecordInvalid,
       {Anomaly::kRecordInvalid}},
      {"a length past the end before the OPT",
       {.rcode = 3, .answers = {{.rdlength = 500}}, .additional = {Opt()}},
       Low4Reason::kRecordInvalid,
       {Anomaly::kRecordInvalid}},
      {"a bad label in the question",
       {.rcode = 3, .questions = {{.name = bad_label}}, .additional = {Opt()}},
       Low4Reason::kRecordInvalid,
       {Anomaly::kQuestionInvalid}},
      {"a bad label in the second question",
       {.rcode = 3, .questions = {{}, {.name = bad_label}}, .additional = {Opt()}},
       Low4Reason::kRecordInvalid,
       {Anomaly::kQuestionMultiple, Anomaly::kQuestionInvalid}},
      {"a header alone that announces a question and an OPT",
       {.rcode = 3, .questions = {}, .qdcount = 1, .arcount = 1},
       Low4Reason::kCountsBeyondEnd,
       {Anomaly::kCountsBeyondEnd}},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const Decoded decoded = Decode(Wire(test.message));
    EXPECT_EQ(decoded.seen.fields.rcode, Dns(3));
    EXPECT_EQ(decoded.seen.fields.certainty, Certainty::kLow4);
    EXPECT_EQ(decoded.seen.fields.low4_reason, test.reason);
    EXPECT_EQ(decoded.anomalies, test.anomalies);
  }
}

TEST(Certainty, WhatIsWrongBehindTheOptDoesNotMatter) {
  const DnsRecord opt = Opt({.extended_rcode = 1});
  const struct {
    const char* name;
    DnsMessage message;
    Anomalies anomalies;
  } kCases[] = {
      {"a record that is not there",
       {.rcode = 7, .additional = {opt}, .arcount = 2},
       {Anomaly::kCountsBeyondEnd}},
      {"a bad label",
       {.rcode = 7, .additional = {opt}, .trailing = Fill(30, 0x80), .arcount = 2},
       {Anomaly::kRecordInvalid}},
      {"a length past the end",
       {.rcode = 7, .additional = {opt, {.rdlength = 99}}},
       {Anomaly::kRecordInvalid}},
      {"bytes behind the last record",
       {.rcode = 7, .additional = {opt}, .trailing = Fill(1)},
       {Anomaly::kTrailingBytes}},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const Decoded decoded = Decode(Wire(test.message));
    EXPECT_EQ(decoded.seen.fields.rcode, Dns(23));
    EXPECT_TRUE(decoded.seen.full());
    EXPECT_EQ(decoded.anomalies, test.anomalies);
  }
}

TEST(Certainty, AHeaderAloneIsCounted) {  // FORMERR, NOTIMP, REFUSED without a question
  for (const uint8_t rcode : {uint8_t{1}, uint8_t{4}, uint8_t{5}}) {
    const Bytes header = Wire(DnsMessage{.rcode = rcode, .questions = {}});
    ASSERT_EQ(header.size(), kDnsHeaderSize);
    const Decoded decoded = Decode(header);
    EXPECT_EQ(decoded.seen.fields.rcode, Dns(rcode));
    EXPECT_TRUE(decoded.seen.full());
    EXPECT_EQ(decoded.seen.qname, "");
    EXPECT_EQ(decoded.seen.fields.qtype, 0);
    EXPECT_EQ(decoded.anomalies, Anomalies{});
  }
}

TEST(Certainty, OfAMessageTheCaptureCutOff) {
  const OptFields fields{.extended_rcode = 1, .options = Option(10, Fill(16))};
  const Bytes whole =
      Wire(DnsMessage{.rcode = 7, .answers = {A(), A()}, .additional = {Opt(fields)}});
  const size_t behind_fixed_fields = whole.size() - fields.options.size();
  for (size_t size = kDnsHeaderSize; size <= whole.size(); ++size) {
    SCOPED_TRACE(size);
    const Decoded decoded = Decode(Cut(whole, size), whole.size());
    EXPECT_EQ(decoded.anomalies, Anomalies{}) << "nothing is wrong with the message";
    EXPECT_EQ(decoded.seen.fields.size, whole.size());
    const bool reached = size >= behind_fixed_fields;  // the code stands before the options
    EXPECT_EQ(decoded.seen.full(), reached);
    EXPECT_EQ(decoded.seen.fields.rcode, reached ? Dns(23) : Dns(7));
    if (!reached) {
      EXPECT_EQ(decoded.seen.fields.low4_reason, Low4Reason::kSnapLength);
    }
  }
}

TEST(Certainty, AnOptPastTheEndOfTheWireIsNotBelievedInACutMessageEither) {
  const Bytes whole = Wire(DnsMessage{
      .rcode = 7, .additional = {Opt({.extended_rcode = 1, .options = Fill(20), .rdlength = 21})}});
  for (size_t cut = 1; cut <= 20; ++cut) {
    const Decoded decoded = Decode(Cut(whole, whole.size() - cut), whole.size());
    EXPECT_EQ(decoded.seen.fields.rcode, Dns(7));
    EXPECT_EQ(decoded.seen.fields.low4_reason, Low4Reason::kOptInvalid);
    EXPECT_EQ(decoded.anomalies, Anomalies{Anomaly::kOptRdlenPastEnd});
  }
}

TEST(Certainty, WithoutAdditionalRecordsNoOptCanBeMissed) {
  const Bytes whole = Wire(DnsMessage{.rcode = 3, .authority = {Soa(Name("example.com"))}});
  for (size_t size = kDnsHeaderSize; size < whole.size(); ++size) {
    const Decoded decoded = Decode(Cut(whole, size), whole.size());
    EXPECT_TRUE(decoded.seen.full()) << size;
    EXPECT_EQ(decoded.seen.fields.rcode, Dns(3));
  }
}

}  // namespace
}  // namespace rcodescope
