// What can be the beginning of a message in a TCP stream.
#include "parse/tcp_beginning.h"

#include <gtest/gtest.h>

#include "tests/support/wire.h"

namespace rcodescope {
namespace {

const Bytes kQuery = LengthPrefixed(Wire(DnsMessage{.response = false}));

TEST(TcpBeginning, OfMessagesThatAreSent) {
  const struct {
    const char* name;
    DnsMessage message;
  } kCases[] = {
      {"a query", {.response = false}},
      {"a query with OPT", {.response = false, .additional = {Opt()}}},
      {"an answer", {.answers = {A(), A()}, .additional = {Opt()}}},
      {"a response without a question", {.rcode = 5, .questions = {}}},
      {"a message of a zone transfer", {.aa = true, .questions = {}, .answers = {A(), A()}}},
      {"a notification", {.response = false, .opcode = 4, .aa = true, .answers = {Soa(Name("a"))}}},
      {"an update", {.response = false, .opcode = 5, .authority = {A(Name("a"))}}},
      {"a DSO request", {.response = false, .opcode = 6, .questions = {}, .trailing = Fill(8)}},
      {"DSOTYPENI", {.opcode = 6, .rcode = 11, .questions = {}}},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const Bytes bytes = LengthPrefixed(Wire(test.message));
    for (size_t size = 2; size <= bytes.size(); ++size) {
      EXPECT_TRUE(CouldBeginMessage(Cut(bytes, size)));
      EXPECT_EQ(LikelyBeginsMessage(Cut(bytes, size)), size >= 14);
    }
  }
}

TEST(TcpBeginning, OfNoMessage) {
  const struct {
    const char* name;
    size_t seen_from;  // the least number of bytes that show it
    Bytes bytes;
  } kCases[] = {
      {"shorter than a header", 2, WithU16(kQuery, 0, 11)},
      {"opcode 3", 6, WithU16(kQuery, 4, 0x1900)},
      {"opcode 7", 6, WithU16(kQuery, 4, 0x3900)},
      {"the Z bit", 6, WithU16(kQuery, 4, 0x0140)},
      {"an RCODE in a query", 6, WithU16(kQuery, 4, 0x0101)},
      {"RCODE 12", 6, WithU16(kQuery, 4, 0x810c)},
      {"two questions", 14, WithU16(kQuery, 6, 2)},
      {"a query without a question", 14, WithU16(kQuery, 6, 0)},
      {"more records than its length can hold", 14, WithU16(kQuery, 12, 2)},
      {"a question that its length cannot hold", 14, WithU16(kQuery, 0, 16)},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    for (size_t size = 2; size <= test.bytes.size(); ++size) {
      EXPECT_EQ(CouldBeginMessage(Cut(test.bytes, size)), size < test.seen_from);
      EXPECT_FALSE(LikelyBeginsMessage(Cut(test.bytes, size)));
    }
  }
  EXPECT_FALSE(CouldBeginMessage(Cut(kQuery, 1)));
  EXPECT_FALSE(CouldBeginMessage({}));
}

// Records of 11 bytes, the shortest there can be, behind the shortest question.
TEST(TcpBeginning, CountsThatJustFit) {
  for (unsigned records = 0; records <= 3; ++records) {
    const Bytes header = Join(U16(0x1234), U16(0x8180), U16(1), U16(records), U16(0), U16(0));
    const unsigned least = 12 + 5 + 11 * records;
    EXPECT_TRUE(CouldBeginMessage(Join(U16(least), header)));
    EXPECT_FALSE(CouldBeginMessage(Join(U16(least - 1), header)));
  }
}

TEST(WholeMessages, FillASegmentToItsLastByte) {
  const auto holds = [](const Bytes& bytes, size_t captured) {
    return HoldsWholeMessages(Cursor(std::span(bytes).first(captured), bytes.size()));
  };
  const Bytes odd = LengthPrefixed(WithU16(Wire(DnsMessage{}), 2, 0xffff));
  const Bytes two = Join(kQuery, odd);
  EXPECT_TRUE(holds(odd, odd.size())) << "whatever is in them";
  EXPECT_TRUE(holds(two, two.size()));
  EXPECT_TRUE(holds(Join(two, kQuery), 2 * two.size() - odd.size()));
  EXPECT_TRUE(holds(two, kQuery.size() + 14)) << "the last one's header was captured";
  EXPECT_FALSE(holds(two, kQuery.size() + 13));
  EXPECT_FALSE(holds(two, kQuery.size() - 1)) << "and all of the others";
  EXPECT_FALSE(holds({}, 0));
  const Bytes more = Join(two, Bytes(1));
  EXPECT_FALSE(holds(more, more.size()));
  const Bytes less = Cut(two, two.size() - 1);
  EXPECT_FALSE(holds(less, less.size()));
  EXPECT_FALSE(holds(LengthPrefixed(Fill(11)), 13)) << "shorter than a header";
}

// From the length of a message's last record on, which fits the rest of it.
TEST(WholeMessages, AreNoTailsOfRecords) {
  const auto holds = [](const Bytes& bytes) {
    return HoldsWholeMessages(Cursor(bytes, bytes.size()));
  };
  EXPECT_FALSE(holds(Hex("0010 2a028109000000000000000012345678"))) << "an AAAA's address";
  EXPECT_FALSE(holds(Hex("001c 000a00181849cafe 00000000 1111111122222222 3333333344444444")))
      << "an OPT with a cookie";
  EXPECT_TRUE(holds(Hex("000c 000181090000000000000000"))) << "a header alone";
  EXPECT_FALSE(holds(Hex("0010 000181090000000100000000 00000000"))) << "no room for a record";
  EXPECT_TRUE(holds(Hex("0010 000130000000000000000000 00010000"))) << "DSO, RFC 8490 §5.4";
}

}  // namespace
}  // namespace rcodescope
