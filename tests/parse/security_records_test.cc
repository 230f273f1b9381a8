// TSIG and TKEY errors as the most specific code: RFC 8945 §5.2–5.3, RFC 2930 §2.6.
#include <array>

#include <gtest/gtest.h>

#include "tests/parse/decode.h"

namespace rcodescope {
namespace {

using Anomalies = std::vector<Anomaly>;

constexpr uint8_t kNotAuth = 9;

Rcode TsigError(unsigned code) { return {RcodeSpace::kTsig, static_cast<uint16_t>(code)}; }
Rcode TkeyError(unsigned code) { return {RcodeSpace::kTkey, static_cast<uint16_t>(code)}; }

DnsRecord WithRdata(DnsRecord record, const Bytes& rdata) {
  record.rdata = rdata;
  return record;
}

struct Case {
  const char* name;
  DnsMessage message;
  Rcode expected;
  Anomalies anomalies;
};

void Check(const Case& test) {
  SCOPED_TRACE(test.name);
  const Decoded decoded = Decode(Wire(test.message));
  EXPECT_EQ(decoded.seen.fields.rcode, test.expected);
  EXPECT_TRUE(decoded.seen.full());
  EXPECT_EQ(decoded.seen.fields.header_rcode(), test.message.rcode);
  EXPECT_EQ(decoded.anomalies, test.anomalies);
}

TEST(Tsig, ErrorsBesideNotauthAreTheCode) {
  for (const uint16_t error : std::to_array<uint16_t>({16, 17, 18, 22, 1, 24, 4096, 65535})) {
    Check({"alone",
           {.rcode = kNotAuth, .additional = {Tsig({.error = error})}},
           TsigError(error),
           {}});
    Check({"behind an OPT",
           {.rcode = kNotAuth, .additional = {Opt(), Tsig({.error = error})}},
           TsigError(error),
           {}});
  }
  const Decoded badsig = Decode(
      Wire(DnsMessage{.rcode = kNotAuth, .additional = {Tsig({.error = 16, .mac_size = 0})}}));
  EXPECT_EQ(RcodeName(badsig.seen.fields.rcode), "BADSIG") << "never BADVERS";
}

TEST(Tsig, MacAndOtherDataOfAnyLengthArePassedOver) {
  for (const size_t mac_size : std::to_array<size_t>({0, 10, 20, 32, 64, 300})) {
    Check({"MAC",
           {.rcode = kNotAuth, .additional = {Tsig({.error = 17, .mac_size = mac_size})}},
           TsigError(17),
           {}});
  }
  Check({"BADTIME with the server's time",
         {.rcode = kNotAuth, .additional = {Tsig({.error = 18, .other_size = 6})}},
         TsigError(18),
         {}});
}

TEST(Tsig, OneWithoutErrorLeavesTheCode) {
  for (const uint8_t rcode : {uint8_t{0}, uint8_t{3}, kNotAuth}) {
    Check({"signed", {.rcode = rcode, .additional = {Opt(), Tsig({})}}, Dns(rcode), {}});
  }
}

TEST(Tsig, AStrayErrorHidesNoOtherCode) {
  const DnsRecord badkey = Tsig({.error = 17});
  const Anomalies stray = {Anomaly::kTsigStray};
  Check({"SERVFAIL", {.rcode = 2, .additional = {badkey}}, Dns(2), stray});
  Check({"NOERROR", {.rcode = 0, .additional = {badkey}}, Dns(0), stray});
  Check({"FORMERR", {.rcode = 1, .additional = {badkey}}, Dns(1), stray});
  // The 12-bit code is 25, not NOTAUTH.
  Check({"9 with extended bits",
         {.rcode = kNotAuth, .additional = {Opt({.extended_rcode = 1}), badkey}},
         Dns(25),
         stray});
}

TEST(Tsig, OneThatIsNotTheLastAdditionalRecordIsNotUsed) {
  const DnsRecord badkey = Tsig({.error = 17});
  const Anomalies misplaced = {Anomaly::kTsigMisplaced};
  Check({"before an OPT", {.rcode = kNotAuth, .additional = {badkey, Opt()}}, Dns(9), misplaced});
  Check({"in the answer", {.rcode = kNotAuth, .answers = {badkey}}, Dns(9), misplaced});
  Check({"in authority", {.rcode = kNotAuth, .authority = {badkey}}, Dns(9), misplaced});
  Check({"two: the last counts",
         {.rcode = kNotAuth, .additional = {Tsig({.error = 18}), badkey}},
         TsigError(17),
         misplaced});
}

TEST(Tsig, OneWhoseFieldsCannotBeReadIsNotUsed) {
  const DnsRecord good = Tsig({.error = 17, .mac_size = 4});
  const Bytes algorithm = Name("hmac-sha256");
  // Behind the algorithm: 6 time, 2 fudge, 2 MAC size, 4 MAC, 2 original ID, 2 error.
  const size_t behind_error = algorithm.size() + 18;
  for (size_t size = 0; size < behind_error; ++size) {
    SCOPED_TRACE(size);
    Check({"cut",
           {.rcode = kNotAuth, .additional = {WithRdata(good, Cut(good.rdata, size))}},
           Dns(9),
           {Anomaly::kTsigInvalid}});
  }
  Check({"cut behind the error",
         {.rcode = kNotAuth, .additional = {WithRdata(good, Cut(good.rdata, behind_error))}},
         TsigError(17),
         {}});
  const Bytes huge_mac = WithU16(good.rdata, algorithm.size() + 8, 0xffff);
  Check({"MAC size past the end",
         {.rcode = kNotAuth, .additional = {WithRdata(good, huge_mac)}},
         Dns(9),
         {Anomaly::kTsigInvalid}});
  Check({"a bad label in the algorithm",
         {.rcode = kNotAuth, .additional = {WithRdata(good, WithU8(good.rdata, 0, 0x40))}},
         Dns(9),
         {Anomaly::kTsigInvalid}});
  Check({"nothing read from the bytes behind its RDATA",
         {.rcode = kNotAuth,
          .additional = {WithRdata(good, Cut(good.rdata, behind_error - 1))},
          .trailing = Fill(20, 0x11)},
         Dns(9),
         {Anomaly::kTrailingBytes, Anomaly::kTsigInvalid}});
}

TEST(Tsig, UnderALow4CodeTheNibbleCounts) {
  const DnsRecord invalid_opt = Opt({.owner = Name("example")});
  const Decoded decoded =
      Decode(Wire(DnsMessage{.rcode = kNotAuth, .additional = {invalid_opt, Tsig({.error = 17})}}));
  EXPECT_EQ(decoded.seen.fields.rcode, Dns(9));
  EXPECT_EQ(decoded.seen.fields.certainty, Certainty::kLow4);
}

TEST(Tkey, ErrorsBesideNoerrorAreTheCode) {
  for (const uint16_t error : std::to_array<uint16_t>({16, 17, 18, 19, 20, 21, 1, 65535})) {
    Check({"in the answer", {.answers = {Tkey(error)}}, TkeyError(error), {}});
    Check({"with OPT and TSIG",
           {.answers = {Tkey(error)}, .additional = {Opt(), Tsig({})}},
           TkeyError(error),
           {}});
  }
  Check({"without an error", {.answers = {Tkey(0)}}, Dns(0), {}});
}

TEST(Tkey, AStrayErrorHidesNoOtherCode) {
  const Anomalies stray = {Anomaly::kTkeyStray};
  Check({"REFUSED", {.rcode = 5, .answers = {Tkey(20)}}, Dns(5), stray});
  Check({"BADVERS",
         {.answers = {Tkey(20)}, .additional = {Opt({.extended_rcode = 1})}},
         Dns(16),
         stray});
  Check({"NOTAUTH with a TSIG error",
         {.rcode = kNotAuth, .answers = {Tkey(20)}, .additional = {Tsig({.error = 17})}},
         TsigError(17),
         stray});
}

TEST(Tkey, OneOutsideTheAnswerSectionIsNotUsed) {
  const Anomalies misplaced = {Anomaly::kTkeyMisplaced};
  Check({"in authority", {.authority = {Tkey(20)}}, Dns(0), misplaced});
  Check({"in additional", {.additional = {Tkey(20)}}, Dns(0), misplaced});
}

TEST(Tkey, OneWhoseFieldsCannotBeReadIsNotUsed) {
  const DnsRecord good = Tkey(20);
  // Behind the algorithm: 4 inception, 4 expiration, 2 mode, 2 error.
  const size_t behind_error = Name("gss-tsig").size() + 12;
  for (size_t size = 0; size < behind_error; ++size) {
    SCOPED_TRACE(size);
    Check({"cut",
           {.answers = {WithRdata(good, Cut(good.rdata, size))}},
           Dns(0),
           {Anomaly::kTkeyInvalid}});
  }
  Check({"cut behind the error",
         {.answers = {WithRdata(good, Cut(good.rdata, behind_error))}},
         TkeyError(20),
         {}});
}

}  // namespace
}  // namespace rcodescope
