// Values of options that choose messages.
#include "app/filter_options.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/app/command_line.h"

namespace rcodescope {
namespace {

using Name = std::vector<uint8_t>;

Name Wire(const std::string& bytes) { return {bytes.begin(), bytes.end()}; }

TEST(ParseTime, ReadsRfc3339AndSeconds) {
  struct Row {
    const char* text;
    int64_t ns;  // `date -u -d TEXT +%s%N`
  };
  for (const Row& row :
       {Row{"2026-01-01T00:00:00Z", 1'767'225'600'000'000'000},
        Row{"2026-01-01t00:00:00z", 1'767'225'600'000'000'000},
        Row{"2026-01-01 00:00:00Z", 1'767'225'600'000'000'000},
        Row{"2026-01-01T01:30:00+01:30", 1'767'225'600'000'000'000},
        Row{"2025-12-31T23:00:00-01:00", 1'767'225'600'000'000'000},
        Row{"2026-01-01T00:00:00.5Z", 1'767'225'600'500'000'000},
        Row{"2026-01-01T00:00:00.000000001Z", 1'767'225'600'000'000'001},
        Row{"1969-12-31T23:59:59Z", -1'000'000'000}, Row{"1767225600", 1'767'225'600'000'000'000},
        Row{"1767225600.25", 1'767'225'600'250'000'000}, Row{"0", 0}}) {
    const auto time = ParseTime(row.text);
    ASSERT_TRUE(time.ok()) << row.text;
    EXPECT_EQ(time->ns, row.ns) << row.text;
  }
  for (const char* text :
       {"", "now", "2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00.0000000001Z", "2026-01-01T00:00:00+1:00", "2026-01-01T00:00:00ZZ",
        "-1", "1.", "1.0000000000", "9223372036", "99999999999999999999", "1s",
        "9999-01-01T00:00:00Z", "20260-1-01T00:00:00Z"}) {
    EXPECT_FALSE(ParseTime(text).ok()) << text;
  }
}

TEST(ParseNames, ReadsPresentationFormToTheWire) {  // RFC 1035 §5.1
  const auto names = ParseNames("Example.COM,a\\.b.c.,.,\\255\\000x,\\\\");
  ASSERT_TRUE(names.ok()) << names.status();
  EXPECT_EQ((*names)[0], Wire(std::string("\7example\3com\0", 13)));
  EXPECT_EQ((*names)[1], Wire(std::string("\3a.b\1c\0", 7)));
  EXPECT_EQ((*names)[2], Wire(std::string("\0", 1)));
  EXPECT_EQ((*names)[3], Wire(std::string("\3\xff\0x\0", 5)));
  EXPECT_EQ((*names)[4], Wire(std::string("\1\\\0", 3)));
  const std::string longest(63, 'a');
  EXPECT_TRUE(ParseNames(longest).ok());
  for (const std::string& text :
       {std::string(), std::string(".."), std::string("a..b"), std::string(".a"), longest + "a",
        std::string("a\\"), std::string("a\\25"), std::string("a\\256"),
        longest + "." + longest + "." + longest + "." + longest}) {
    EXPECT_FALSE(ParseNames(text).ok()) << text;
  }
}

TEST(ParsePrefixes, KeepsTheNetworkAndItsFamily) {
  const auto prefixes = ParsePrefixes("192.0.2.77/24,2001:db8::1,0.0.0.0/0");
  ASSERT_TRUE(prefixes.ok()) << prefixes.status();
  EXPECT_EQ((*prefixes)[0].network.ToString(), "192.0.2.0");
  EXPECT_EQ((*prefixes)[0].bits, 24);
  EXPECT_EQ((*prefixes)[1].bits, 128);
  const auto inside = ParsePrefixes("192.0.2.255,192.0.3.0,2001:db8::1,::");
  EXPECT_TRUE((*prefixes)[0].Contains((*inside)[0].network));
  EXPECT_FALSE((*prefixes)[0].Contains((*inside)[1].network));
  EXPECT_TRUE((*prefixes)[1].Contains((*inside)[2].network));
  EXPECT_TRUE((*prefixes)[2].Contains((*inside)[1].network)) << "all of IPv4";
  EXPECT_FALSE((*prefixes)[2].Contains((*inside)[3].network)) << "and nothing of IPv6";
  for (const char* text : {"", "192.0.2", "192.0.2.0/33", "::/129", "192.0.2.0/", "::1/-1", "a"}) {
    EXPECT_FALSE(ParsePrefixes(text).ok()) << text;
  }
}

TEST(ParseCodes, ReadsWhatExplainReads) {
  const auto codes = ParseCodes("servfail,16,BADSIG,ede22,errors");
  ASSERT_TRUE(codes.ok()) << codes.status();
  using Kind = CodeChoice::Kind;
  const std::vector<CodeChoice> expected = {{.code = 2},
                                            {.code = 16},
                                            {.code = 16, .signature = true},
                                            {.code = 16, .signature = true},
                                            {.kind = Kind::kExtendedError, .code = 22},
                                            {.kind = Kind::kErrors}};
  EXPECT_EQ(*codes, expected);
  EXPECT_FALSE(ParseCodes("SERVFAIL,").ok());
}

TEST(Filters, AreToldAsTheyWereGiven) {
  const Options options =
      Good({"replay", "x", "--rcode", "SERVFAIL,3", "--client", "192.0.2.0/24"});
  EXPECT_EQ(options.filters.ToString(), "--client 192.0.2.0/24 --rcode SERVFAIL,3");
  EXPECT_TRUE(Good({"replay", "x"}).filters.empty());
}

TEST(Filters, AreNoneOfWhatIsAlwaysOfAllMessages) {
  ExpectUsageErrors(
      {{{"replay", "x", "--rcode", "2", "--openmetrics", "f"},
        "rcodescope: --rcode 2 and --openmetrics: time series are of all messages, never of a "
        "part; "
        "see rcodescope replay --help\n"},
       {{"replay", "x", "--to", "5", "--into-prometheus", "d"},
        "rcodescope: --to 5 and --into-prometheus: time series are of all messages, never of a "
        "part; see rcodescope replay --help\n"},
       {{"live", "-i", "a", "--zone", "b"},
        "rcodescope: --zone b: without --events or --write, nothing would be filtered; see "
        "rcodescope live --help\n"}});
  EXPECT_TRUE(Parse({"live", "-i", "a", "--zone", "b", "--events", "f"}).options.has_value());
}

}  // namespace
}  // namespace rcodescope
