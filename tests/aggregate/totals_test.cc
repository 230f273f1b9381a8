// What is counted beside keys, message by message.
#include "aggregate/totals.h"

#include <vector>

#include <gtest/gtest.h>

#include "tests/aggregate/names.h"

namespace rcodescope {
namespace {

constexpr uint64_t kSecret = 0x5ec2e7;

Observation Message(bool is_response, Opcode opcode) {
  Observation message{};
  message.is_response = is_response;
  message.opcode = opcode;
  message.transport = Transport::kTcp;
  message.family = Family::kIpv6;
  return message;
}

// RFC 6604 §3: the code of a response with a chain of CNAMEs is that of the last name.
TEST(Totals, NxdomainOfAnotherNameThanTheQuestionsIsCountedByItself) {
  const OwnedName alias("b.test");
  Totals totals(kSecret);
  const auto record = [&](uint16_t code, NameRef final_name) {
    Observation message = Message(true, Opcode::kQuery);
    message.rcode = {RcodeSpace::kDns, code};
    message.final_name = final_name;
    totals.RecordResponse(message);
  };
  record(kRcodeNxDomain, {});
  record(kRcodeNoError, alias.ref());
  EXPECT_EQ(totals.nxdomain_via_cname(), 0U);
  record(kRcodeNxDomain, alias.ref());
  record(kRcodeNxDomain, alias.ref());
  EXPECT_EQ(totals.nxdomain_via_cname(), 2U);
  EXPECT_EQ(totals.response_total(), 4U);
}

TEST(Totals, QueriesKeepTheirOpcodeTypeAndPath) {
  struct Kind {
    Opcode opcode;
    uint16_t qtype;
  };
  for (const Kind kind : {Kind{Opcode::kQuery, 28}, Kind{Opcode::kQuery, 257},
                          Kind{Opcode::kNotify, 6}, Kind{Opcode::kNotify, 257}}) {
    SCOPED_TRACE(kind.qtype);
    Totals totals(kSecret);
    Observation message = Message(false, kind.opcode);
    message.qtype = kind.qtype;
    totals.RecordQuery(message);
    std::vector<QueryCount> counts;
    totals.ForEachQuery([&](const QueryCount& count) { counts.push_back(count); });
    ASSERT_EQ(counts.size(), 1U);
    EXPECT_EQ(counts[0].opcode, kind.opcode);
    EXPECT_EQ(counts[0].qtype, kind.qtype);
    EXPECT_EQ(counts[0].transport, Transport::kTcp);
    EXPECT_EQ(counts[0].family, Family::kIpv6);
    EXPECT_EQ(counts[0].count, 1U);
  }
}

TEST(Totals, ResponsesKeepTheirCodeCertaintyOpcodeAndPath) {
  struct Kind {
    Opcode opcode;
    uint16_t code;
    Certainty certainty;
  };
  for (const Kind kind : {Kind{Opcode::kQuery, kRcodeNxDomain, Certainty::kFull},
                          Kind{Opcode::kQuery, kRcodeNxDomain, Certainty::kLow4},
                          Kind{Opcode::kQuery, 4095, Certainty::kFull},
                          Kind{Opcode::kNotify, kRcodeNoError, Certainty::kFull},
                          Kind{Opcode::kUpdate, kRcodeRefused, Certainty::kLow4}}) {
    SCOPED_TRACE(static_cast<int>(kind.opcode));
    Totals totals(kSecret);
    Observation message = Message(true, kind.opcode);
    message.rcode = {RcodeSpace::kDns, kind.code};
    message.certainty = kind.certainty;
    totals.RecordResponse(message);
    std::vector<ResponseCount> counts;
    totals.ForEachResponse([&](const ResponseCount& count) { counts.push_back(count); });
    ASSERT_EQ(counts.size(), 1U);
    EXPECT_EQ(counts[0].rcode, message.rcode);
    EXPECT_EQ(counts[0].certainty, kind.certainty);
    EXPECT_EQ(counts[0].opcode, kind.opcode);
    EXPECT_EQ(counts[0].transport, Transport::kTcp);
    EXPECT_EQ(counts[0].family, Family::kIpv6);
    EXPECT_EQ(counts[0].count, 1U);
  }
}

}  // namespace
}  // namespace rcodescope
