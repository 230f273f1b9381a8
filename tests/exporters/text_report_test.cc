#include "exporters/text_report.h"

#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "exporters/printable.h"
#include "tests/exporters/snapshot_builder.h"

namespace rcodescope {
namespace {

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// The first line that begins with `start` behind its indent; empty if there is none.
std::string LineOf(const std::string& text, const std::string& start) {
  for (const std::string& line : Lines(text)) {
    const size_t begin = line.find_first_not_of(' ');
    if (begin != std::string::npos && line.compare(begin, start.size(), start) == 0) return line;
  }
  return {};
}

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The column behind the last character of `part`.
size_t EndColumn(const std::string& line, const std::string& part) {
  return DisplayWidth(line.substr(0, line.find(part))) + part.size();
}

TEST(TextReport, HeadlineCountsAndRates) {
  const std::string text = TextReport(BusyMinute().snapshot(), {});
  EXPECT_TRUE(Has(text, "2026-01-01T00:00:00.000Z to 2026-01-01T00:01:00.000Z, 60.000 s"));
  EXPECT_TRUE(Has(LineOf(text, "packets"), "21,927"));
  EXPECT_TRUE(Has(LineOf(text, "messages"), "20,100"));
  EXPECT_TRUE(Has(LineOf(text, "queries"), "10,100"));
  EXPECT_TRUE(Has(LineOf(text, "transfers"), "5"));
  // 10,000 responses in 60 s; 10,000 - 8,500 errors, 15 %, 25 a second.
  EXPECT_TRUE(Has(LineOf(text, "responses"), "10,000       167"));
  EXPECT_TRUE(Has(LineOf(text, "errors"), "1,500      25.0  15.0% of responses"));
}

TEST(TextReport, CountsOfATableEndInOneColumn) {
  const std::string text = TextReport(BusyMinute().snapshot(), {});
  const size_t end = EndColumn(LineOf(text, "rcode "), "responses");
  EXPECT_EQ(EndColumn(LineOf(text, "NOERROR "), "8,500"), end);
  EXPECT_EQ(EndColumn(LineOf(text, "NXDOMAIN "), "1,200"), end);
  EXPECT_EQ(EndColumn(LineOf(text, "SERVFAIL "), " 250"), end);
}

TEST(TextReport, RcodeRowsSayTheirSpaceAndCertainty) {
  const std::string text = TextReport(BusyMinute().snapshot(), {});
  EXPECT_TRUE(Has(LineOf(text, "BADSIG"), "tsig"));
  EXPECT_TRUE(Has(LineOf(text, "BADVERS"), "dns"));
  EXPECT_TRUE(Has(LineOf(text, "YXRRSET"), "low4"));
  EXPECT_FALSE(Has(LineOf(text, "NXDOMAIN"), "low4"));
  EXPECT_TRUE(Has(LineOf(text, "NXDOMAIN"), "12.0%"));
  EXPECT_TRUE(Has(text, "low4 YXRRSET may be BADCOOKIE"));
}

TEST(TextReport, WithoutLow4NothingIsSaidOfIt) {
  SnapshotBuilder builder;
  builder.Responses(kNoError, 5);
  const std::string text = TextReport(builder.snapshot(), {});
  EXPECT_FALSE(Has(text, "low4"));
  EXPECT_FALSE(Has(text, "certainty"));
}

TEST(TextReport, EveryErrorCodeNamesItsWorstClient) {
  const std::string text = TextReport(BusyMinute().snapshot(), {});
  const std::string clients = text.substr(text.find("Clients with the most errors"));
  // 150 of 250 SERVFAIL; 150 of the client's 5,150 responses are errors.
  EXPECT_TRUE(Has(LineOf(clients, "SERVFAIL"), "198.51.100.7    150     60.0%          5,150"));
  EXPECT_TRUE(Has(LineOf(clients, "SERVFAIL"), "2.9%"));
  EXPECT_TRUE(Has(LineOf(clients, "203.0.113.9"), "100     40.0%"));
  EXPECT_TRUE(Has(LineOf(clients, "REFUSED"), "203.0.113.9"));
  EXPECT_TRUE(Has(LineOf(clients, "NXDOMAIN"), "198.51.100.8"));
  EXPECT_TRUE(Has(LineOf(clients, "BADVERS"), "203.0.113.9"));
}

TEST(TextReport, RowsLimitTheKeysOfADimension) {
  SnapshotBuilder builder;
  for (int i = 0; i < 50; ++i) {
    builder.Key(Dimension::kZone, "z" + std::to_string(i) + ".", {{kServFail, 5}, {kRefused, 2}});
  }
  const std::string text = TextReport(builder.snapshot(), {false, 100, 7});
  size_t zones = 0;
  for (const std::string& line : Lines(text)) zones += Has(line, ". ") && Has(line, " z");
  EXPECT_EQ(zones, 7U);
}

TEST(TextReport, WhatWasNotDecodedComesWithItsMeaning) {
  const std::string text = TextReport(BusyMinute().snapshot(), {false, 200, 10});
  EXPECT_TRUE(Has(text, "neither port carries DNS (--ports)"));
  EXPECT_TRUE(Has(LineOf(text, "malformed  short_header"), "9"));
  EXPECT_TRUE(Has(LineOf(text, "opt_multiple"), "more than one OPT record"));
  EXPECT_TRUE(Has(LineOf(text, "low4       snap_length"), "5"));
  EXPECT_TRUE(Has(LineOf(text, "records    time_late"), "6"));
  EXPECT_FALSE(Has(text, "icmp")) << "a reason that did not happen is not listed";
}

TEST(TextReport, TheLedgerCloses) {
  // 1,500 + 300 + 12 + 4 ignored, 2 + 9 malformed.
  EXPECT_TRUE(Has(TextReport(BusyMinute().snapshot(), {}),
                  "21,927 seen = 20,100 counted + 1,816 ignored + 11 malformed + 0 held\n"
                  "  residual: 0 packets, 0 messages\n"
                  "  beside them, kept back by the filter: 17\n"));
}

TEST(TextReport, ALostPacketIsShown) {
  SnapshotBuilder builder = BusyMinute();
  builder.raw().frames.seen += 1;
  builder.raw().frames.residual = 1;
  const std::string text = TextReport(builder.snapshot(), {});
  EXPECT_TRUE(
      Has(text, "21,928 seen = 20,100 counted + 1,816 ignored + 11 malformed + 0 held + 1"));
  EXPECT_TRUE(Has(text, "residual: 1 packets, 0 messages; this is a fault of the program"));
}

TEST(TextReport, AFullTableIsSaid) {
  const std::string text = TextReport(BusyMinute().snapshot(), {});
  EXPECT_TRUE(Has(text, "The table of 3 clients was full: 7 responses of those"));
  EXPECT_FALSE(Has(text, "servers was full"));
}

TEST(TextReport, AnInputErrorIsSaidAndAGoodInputIsNot) {
  const std::string text = TextReport(BusyMinute().snapshot(), {});
  EXPECT_TRUE(Has(text, "two.pcapng  block at offset 200012 is cut off"));
  EXPECT_FALSE(Has(text, "one.pcap "));
}

TEST(TextReport, ManyCodesAreSummedInOneLine) {
  SnapshotBuilder builder;
  for (uint16_t code = 100; code < 140; ++code) builder.Responses({RcodeSpace::kDns, code}, 10);
  const std::string text = TextReport(builder.snapshot(), {});
  EXPECT_TRUE(Has(LineOf(text, "10 more"), "100  25.0%")) << "30 of 40 have a line of their own";
}

TEST(TextReport, NoControlByteOfTheDataGetsThrough) {
  SnapshotBuilder builder = BusyMinute();
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
  builder.Key(Dimension::kZone, "\x1b]0;owned\x07" + every, {{kServFail, 1000}})
      .Source("\x1b[2J" + every, 1, 1, InputError::kBadData, "\r\n\x9b" + every);
  for (const bool color : {false, true}) {
    std::string text = TextReport(builder.snapshot(), {color, 100, 10});
    if (color) {
      for (const char* sequence :
           {"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m"}) {
        for (size_t at; (at = text.find(sequence)) != std::string::npos;) {
          text.erase(at, std::string(sequence).size());
        }
      }
    }
    for (const std::string& line : Lines(text)) EXPECT_EQ(Printable(line), line);
  }
}

TEST(TextReport, ColourChangesNothingButColours) {
  const std::string plain = TextReport(BusyMinute().snapshot(), {});
  std::string colored = TextReport(BusyMinute().snapshot(), {true, 100, 10});
  EXPECT_TRUE(Has(colored, "\x1b[31mSERVFAIL\x1b[0m"));
  EXPECT_FALSE(Has(plain, "\x1b"));
  for (size_t at; (at = colored.find('\x1b')) != std::string::npos;) {
    colored.erase(at, colored.find('m', at) - at + 1);
  }
  EXPECT_EQ(colored, plain);
}

TEST(TextReport, LinesStayWithinTheWidth) {
  for (const int width : {72, 80, 100, 132}) {
    for (const std::string& line : Lines(TextReport(BusyMinute().snapshot(), {false, width, 10}))) {
      EXPECT_LE(DisplayWidth(line), static_cast<size_t>(width)) << line;
      EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
    }
  }
}

TEST(TextReport, AnEmptyCaptureHasAReport) {
  const std::string text = TextReport(Snapshot{}, {});
  EXPECT_TRUE(Has(LineOf(text, "packets"), "0"));
  EXPECT_TRUE(Has(text, "0 seen = 0 counted + 0 ignored + 0 malformed + 0 held"));
  EXPECT_FALSE(Has(text, "%"));
  EXPECT_FALSE(Has(text, "nan"));
}

}  // namespace
}  // namespace rcodescope
