#include "app/logger.h"

#include <cstdio>
#include <memory>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "app/quote.h"

namespace rcodescope {
namespace {

// 2026-01-01T00:00:00Z: `date -u -d 2026-01-01 +%s` is 1767225600.
constexpr Timestamp kNewYear{1'767'225'600 * kNanosPerSecond};

// A logger into a file without a name, and a clock that stands until it is set.
class LoggerTest : public testing::Test {
 protected:
  Logger::Config Config() {
    return {.fd = fileno(file_.get()), .clock = [this] { return now_; }, .before_line = {}};
  }

  void At(int64_t milliseconds) { now_.ns = kNewYear.ns + milliseconds * 1'000'000; }

  std::vector<std::string> Lines() {
    std::rewind(file_.get());
    std::vector<std::string> lines(1);
    for (int c = std::fgetc(file_.get()); c != EOF; c = std::fgetc(file_.get())) {
      if (c == '\n') {
        lines.emplace_back();
      } else {
        lines.back() += static_cast<char>(c);
      }
    }
    EXPECT_EQ(lines.back(), "") << "the last line has no end";
    lines.pop_back();
    return lines;
  }

  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_{std::tmpfile(), &std::fclose};
  Timestamp now_ = kNewYear;
};

TEST(Quote, NoControlByteNoBareQuoteAndNothingBeyondAsciiGetsThrough) {
  struct Row {
    std::string raw;
    const char* escaped;
  };
  for (const Row& row : {Row{"plain ~", "plain ~"}, Row{"a\"b", "a\\\"b"}, Row{"a\\b", "a\\\\b"},
                         Row{"\n\r\t", "\\n\\r\\t"}, Row{std::string(1, '\0'), "\\x00"},
                         Row{"\x1b[2J", "\\x1b[2J"}, Row{"\x1f\x20\x7e\x7f", "\\x1f ~\\x7f"},
                         Row{"\xc2\x9b", "\\xc2\\x9b"}, Row{"\xff", "\\xff"}}) {
    EXPECT_EQ(Escape(row.raw), row.escaped);
    EXPECT_EQ(Quote(row.raw), '"' + std::string(row.escaped) + '"');
  }
}

TEST(LogLine, HasTimeLevelMessageAndFieldsAndCannotBeForged) {
  EXPECT_EQ(FormatLogLine(kNewYear, LogLevel::kWarning, "cut short",
                          {{"file", "x\" level=\"info\n"}, {"offset", 40}, {"left", -1}}),
            "ts=2026-01-01T00:00:00.000Z level=warning msg=\"cut short\" "
            "file=\"x\\\" level=\\\"info\\n\" offset=\"40\" left=\"-1\"\n");
  EXPECT_EQ(FormatLogLine({kNewYear.ns + 999'999'999}, LogLevel::kError, "", {}),
            "ts=2026-01-01T00:00:00.999Z level=error msg=\"\"\n");
  EXPECT_EQ(FormatLogLine({-1}, LogLevel::kDebug, "m", {}),
            "ts=1969-12-31T23:59:59.999Z level=debug msg=\"m\"\n");
}

TEST(LogLevel, NamesLeadToLevelsAndNothingElseDoes) {
  EXPECT_EQ(LogLevelFromName("debug"), LogLevel::kDebug);
  EXPECT_EQ(LogLevelFromName("error"), LogLevel::kError);
  EXPECT_EQ(LogLevelFromName("Error"), std::nullopt);
  EXPECT_EQ(LogLevelFromName(""), std::nullopt);
}

TEST_F(LoggerTest, WritesNothingBelowItsLevel) {
  Logger::Config config = Config();
  config.level = LogLevel::kWarning;
  Logger logger(std::move(config));
  logger.Log(LogLevel::kDebug, "a");
  logger.Log(LogLevel::kInfo, "b");
  logger.Log(LogLevel::kWarning, "c");
  logger.Log(LogLevel::kError, "d");
  const std::vector<std::string> lines = Lines();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_TRUE(lines[0].ends_with("level=warning msg=\"c\""));
  EXPECT_TRUE(lines[1].ends_with("level=error msg=\"d\""));
}

TEST_F(LoggerTest, OfOneMessageTenLinesLeaveInTenSecondsAndOthersAreUntouched) {
  Logger logger(Config());
  for (int i = 0; i < 25; ++i) logger.Log(LogLevel::kInfo, "loud", {{"i", i}});
  logger.Log(LogLevel::kInfo, "other");
  const std::vector<std::string> lines = Lines();
  ASSERT_EQ(lines.size(), 11u);
  EXPECT_TRUE(lines[9].ends_with("msg=\"loud\" i=\"9\""));
  EXPECT_TRUE(lines[10].ends_with("msg=\"other\""));
}

TEST_F(LoggerTest, AClosedMessageOpensTenSecondsAfterItsLastLineAndTellsWhatItMissed) {
  Logger logger(Config());
  for (int i = 0; i < 13; ++i) logger.Log(LogLevel::kInfo, "loud", {{"i", i}});
  At(9'999);
  logger.Log(LogLevel::kWarning, "loud", {{"i", 13}});
  EXPECT_EQ(Lines().size(), 10u);
  At(10'000);
  logger.Log(LogLevel::kInfo, "loud", {{"i", 14}});
  const std::vector<std::string> lines = Lines();
  ASSERT_EQ(lines.size(), 12u);
  EXPECT_EQ(lines[10], "ts=2026-01-01T00:00:10.000Z level=warning msg=\"loud\" suppressed=\"4\"");
  EXPECT_EQ(lines[11], "ts=2026-01-01T00:00:10.000Z level=info msg=\"loud\" i=\"14\"");
}

TEST_F(LoggerTest, NoTenSecondsHoldMoreThanTenLinesHoweverTheyAreSpread) {
  Logger logger(Config());
  std::vector<int> sent;
  size_t before = 0;
  // 700 ms apart 14 would fit into ten seconds.
  for (int time = 0; time < 120'000; time += 700) {
    At(time);
    logger.Log(LogLevel::kInfo, "steady");
    size_t now = 0;
    for (const std::string& line : Lines()) {
      if (line.find("suppressed") == std::string::npos) ++now;
    }
    if (now > before) sent.push_back(time);
    before = now;
  }
  ASSERT_GT(sent.size(), 20u) << "it never opened again";
  for (size_t i = 10; i < sent.size(); ++i) EXPECT_GE(sent[i] - sent[i - 10], 10'000);
}

TEST_F(LoggerTest, AMessageOncePerSecondIsNeverSuppressed) {
  Logger logger(Config());
  for (int i = 0; i < 40; ++i) {
    At(i * 1000);
    logger.Log(LogLevel::kInfo, "steady");
  }
  EXPECT_EQ(Lines().size(), 40u);
}

TEST_F(LoggerTest, AClockThatIsSetBackDoesNotSilenceAMessageForAnHour) {
  Logger logger(Config());
  At(3'600'000);
  for (int i = 0; i < 12; ++i) logger.Log(LogLevel::kInfo, "loud");
  At(0);
  logger.Log(LogLevel::kInfo, "loud");
  EXPECT_EQ(Lines().size(), 12u);  // 10, one that tells 2 were suppressed, 1
}

TEST_F(LoggerTest, TheEndTellsWhatWasStillSuppressed) {
  {
    Logger logger(Config());
    for (int i = 0; i < 12; ++i) logger.Log(LogLevel::kInfo, "loud");
  }
  const std::vector<std::string> lines = Lines();
  ASSERT_EQ(lines.size(), 11u);
  EXPECT_TRUE(lines[10].ends_with("msg=\"loud\" suppressed=\"2\""));
}

TEST_F(LoggerTest, CallsTheHookOnceForEachLineThatLeaves) {
  int calls = 0;
  Logger::Config config = Config();
  config.before_line = [&calls] { ++calls; };
  Logger logger(std::move(config));
  logger.Log(LogLevel::kDebug, "hidden");
  for (int i = 0; i < 12; ++i) logger.Log(LogLevel::kInfo, "loud");
  EXPECT_EQ(calls, 10);
}

TEST_F(LoggerTest, LinesOfManyThreadsStayWhole) {
  constexpr int kThreads = 4;
  constexpr int kLines = 500;
  {
    Logger logger(Config());
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&logger, t] {
        for (int i = 0; i < kLines; ++i) {
          logger.Log(LogLevel::kInfo, "m" + std::to_string(t * kLines + i), {{"t", t}});
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const std::regex shape(R"(ts=\S+Z level=info msg="m\d+" t="\d")");
  const std::vector<std::string> lines = Lines();
  EXPECT_EQ(lines.size(), static_cast<size_t>(kThreads * kLines));
  for (const std::string& line : lines) ASSERT_TRUE(std::regex_match(line, shape)) << line;
}

}  // namespace
}  // namespace rcodescope
