// Zone transfers: RFC 5936 §2.2 and RFC 1995 say which message is the first.
#include "parse/transfer.h"

#include <vector>

#include <gtest/gtest.h>

#include "tests/parse/decode.h"
#include "tests/support/wire.h"

namespace rcodescope {
namespace {

constexpr uint16_t kIxfr = 251, kAxfr = 252;

DnsMessage Transfer(uint16_t qtype, std::vector<DnsRecord> answers, uint16_t id = 7) {
  return {.id = id, .questions = {{.type = qtype}}, .answers = std::move(answers)};
}
const DnsRecord kSoa = Soa(Pointer(kQuestionOffset));

// Which of the messages of one connection begin a transfer.
std::vector<bool> Begun(const std::vector<DnsMessage>& messages) {
  Bytes stream;
  for (const DnsMessage& message : messages) stream = Join(stream, LengthPrefixed(Wire(message)));
  std::vector<bool> begun;
  for (const Seen& seen : DecodeFrame(Ethernet(Ipv4(Tcp(stream)))).messages) {
    begun.push_back(seen.fields.begins_transfer);
  }
  return begun;
}
using Begin = std::vector<bool>;

TEST(Transfer, BeginsAtItsFirstMessageOnly) {
  DnsMessage without_question = Transfer(kAxfr, {A(Name("a.test"))});
  without_question.questions.clear();  // from the second message on
  DnsMessage end = Transfer(kAxfr, {kSoa});
  EXPECT_EQ(Begun({Transfer(kAxfr, {kSoa, A()}), Transfer(kAxfr, {A()}), without_question, end}),
            (Begin{true, false, false, false}))
      << "the last message, too, begins with the SOA";
  EXPECT_EQ(Begun({Transfer(kAxfr, {kSoa}), Transfer(kAxfr, {A()}), end}),
            (Begin{true, false, false}))
      << "one record a message";
}

TEST(Transfer, OneConnectionCarriesSeveral) {
  EXPECT_EQ(Begun({Transfer(kAxfr, {kSoa, A(), kSoa}, 7), Transfer(kAxfr, {kSoa, A(), kSoa}, 8),
                   Transfer(kIxfr, {kSoa, kSoa, A(), kSoa}, 0)}),
            (Begin{true, true, true}));
}

TEST(Transfer, IncrementalHasMoreThanTheSoa) {  // RFC 1995 §2, §4
  EXPECT_EQ(Begun({Transfer(kIxfr, {kSoa})}), Begin{false}) << "nothing new";
  const auto by_datagram = [](const DnsMessage& message) {
    return DecodeFrame(DnsFrame(Wire(message))).messages.at(0).fields.begins_transfer;
  };
  EXPECT_FALSE(by_datagram(Transfer(kIxfr, {kSoa}))) << "nothing new, or no room";
  EXPECT_TRUE(by_datagram(Transfer(kIxfr, {kSoa, kSoa, A(), kSoa, A(), kSoa})));
}

TEST(Transfer, IsNotWhatWasNotAnswered) {
  DnsMessage refused = Transfer(kAxfr, {kSoa});
  refused.rcode = 5;
  DnsMessage query = Transfer(kAxfr, {kSoa});
  query.response = false;
  DnsMessage other_opcode = Transfer(kAxfr, {kSoa});
  other_opcode.opcode = 4;  // NOTIFY
  EXPECT_EQ(Begun({refused, Transfer(kAxfr, {}), Transfer(kAxfr, {A(), kSoa}), query, other_opcode,
                   Transfer(6, {kSoa}), Transfer(255, {kSoa, A()})}),
            Begin(7, false));
}

TEST(Transfer, CutBeforeItsSectionsEndIsNotKnown) {
  const Bytes whole = Wire(Transfer(kAxfr, {kSoa, A()}));
  for (size_t size = kDnsHeaderSize; size < whole.size(); ++size) {
    EXPECT_FALSE(Decode(Cut(whole, size), whole.size()).seen.fields.begins_transfer) << size;
  }
  EXPECT_TRUE(Decode(whole).seen.fields.begins_transfer);
}

}  // namespace
}  // namespace rcodescope
