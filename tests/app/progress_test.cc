#include "app/progress.h"

#include <array>
#include <cstdio>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace rcodescope {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

TEST(RenderProgress, ShowsShareRatesAndTimeLeft) {
  struct Row {
    ProgressState state;
    const char* line;
  };
  const Row rows[] = {
      // 10 s at 1.2 GB/s; 16 GB more take 13.3 s
      {{"x.pcap", 12'000'000'000, 28'000'000'000, 81'000'000, 10 * kSecond},
       "x.pcap  42 %  1.2 GB/s  8.1 Mpps  ETA 0:14"},
      // a pipe
      {{"-", 12'000'000'000, 0, 81'000'000, 10 * kSecond}, "-  1.2 GB/s  8.1 Mpps"},
      // at the start
      {{"x.pcap", 0, 100, 0, 0}, "x.pcap  0 %"},
      {{"x.pcap", 0, 100, 0, kSecond}, "x.pcap  0 %"},
      {{"-", 0, 0, 0, 0}, "-"},
      // never 100 % before the end, nor more behind it
      {{"x", 999'999, 1'000'000, 10, kSecond}, "x  99 %  1.0 MB/s  10 pps  ETA 0:01"},
      {{"x", 1'000'000, 1'000'000, 10, kSecond}, "x  100 %  1.0 MB/s  10 pps  ETA 0:00"},
      {{"x", 2'000'000, 1'000'000, 10, kSecond}, "x  100 %  2.0 MB/s  10 pps  ETA 0:00"},
      // times: 1 B/s
      {{"x", 1, 60, 1, kSecond}, "x  1 %  1 B/s  1 pps  ETA 0:59"},
      {{"x", 1, 61, 1, kSecond}, "x  1 %  1 B/s  1 pps  ETA 1:00"},
      {{"x", 1, 3600, 1, kSecond}, "x  0 %  1 B/s  1 pps  ETA 59:59"},
      {{"x", 1, 3601, 1, kSecond}, "x  0 %  1 B/s  1 pps  ETA 1:00:00"},
      {{"x", 1, 360'000, 1, kSecond}, "x  0 %  1 B/s  1 pps  ETA 99:59:59"},
      {{"x", 1, 360'001, 1, kSecond}, "x  0 %  1 B/s  1 pps"},
      // rates at the ends of their units
      {{"-", 999, 0, 1'000, kSecond}, "-  999 B/s  1.0 kpps"},
      {{"-", 9'949, 0, 9'950, kSecond}, "-  9.9 kB/s  10 kpps"},
      {{"-", 999'499, 0, 999'500, kSecond}, "-  999 kB/s  1.0 Mpps"},
      // a name is not to be trusted
      {{"a\x1b[2J\r\n\xc3\xa4", 0, 0, 0, 0}, "a?[2J????"},
  };
  for (const Row& row : rows) EXPECT_EQ(RenderProgress(row.state), row.line);
}

TEST(RenderProgress, FitsTheWidthByCuttingTheNameFirst) {
  const ProgressState state{"a-very-long-name.pcap", 12'000'000'000, 24'000'000'000, 81'000'000,
                            10 * kSecond};
  const std::string figures = "  50 %  1.2 GB/s  8.1 Mpps  ETA 0:10";
  EXPECT_EQ(RenderProgress(state, 100), "a-very-long-name.pcap" + figures);
  EXPECT_EQ(RenderProgress(state, 21 + figures.size()), "a-very-long-name.pcap" + figures);
  EXPECT_EQ(RenderProgress(state, 20 + figures.size()), "a-very-long-name...." + figures);
  for (size_t width = 0; width < 80; ++width) {
    EXPECT_LE(RenderProgress(state, width).size(), width);
  }
  EXPECT_EQ(RenderProgress(state, 10), "a-ver...  ");
}

// A terminal of 60 columns; what is written to it comes out at the other end.
class Terminal {
 public:
  Terminal() : master_(posix_openpt(O_RDWR | O_NOCTTY)) {
    EXPECT_GE(master_, 0);
    EXPECT_EQ(grantpt(master_), 0);
    EXPECT_EQ(unlockpt(master_), 0);
    slave_ = open(ptsname(master_), O_RDWR | O_NOCTTY);
    EXPECT_GE(slave_, 0);
    const winsize size{.ws_row = 24, .ws_col = 60, .ws_xpixel = 0, .ws_ypixel = 0};
    EXPECT_EQ(ioctl(slave_, TIOCSWINSZ, &size), 0);
    EXPECT_EQ(fcntl(master_, F_SETFL, O_NONBLOCK), 0);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() {
    close(slave_);
    close(master_);
  }

  int fd() const { return slave_; }

  // What was written since the last time.
  std::string Take() {
    std::string text;
    std::array<char, 256> part;
    for (ssize_t n; (n = read(master_, part.data(), part.size())) > 0;) {
      text.append(part.data(), static_cast<size_t>(n));
    }
    return text;
  }

 private:
  int master_;
  int slave_ = -1;
};

ProgressState After(int64_t milliseconds, const std::string& name = "x") {
  return {name, 0, 100, 0, milliseconds * 1'000'000};
}

TEST(ProgressLine, IsWrittenAtMostFiveTimesASecond) {
  Terminal terminal;
  ProgressLine line(terminal.fd());
  line.Update(After(0));
  EXPECT_EQ(terminal.Take(), "\rx  0 %");
  line.Update(After(199));
  EXPECT_EQ(terminal.Take(), "");
  line.Update(After(200));
  EXPECT_EQ(terminal.Take(), "\rx  0 %");
  line.Update(After(399));
  EXPECT_EQ(terminal.Take(), "");
}

TEST(ProgressLine, AShorterLineLeavesNothingOfALongerOne) {
  Terminal terminal;
  ProgressLine line(terminal.fd());
  line.Update(After(0, "longer"));
  line.Update(After(200));
  EXPECT_EQ(terminal.Take(), "\rlonger  0 %\rx  0 %     ");
}

TEST(ProgressLine, IsClearedOnceAndAtTheEnd) {
  Terminal terminal;
  {
    ProgressLine line(terminal.fd());
    line.Update(After(0));
    terminal.Take();
    line.Clear();
    EXPECT_EQ(terminal.Take(), "\r      \r");
    line.Clear();
    EXPECT_EQ(terminal.Take(), "");
    line.Update(After(200));
    EXPECT_EQ(terminal.Take(), "\rx  0 %");
  }
  EXPECT_EQ(terminal.Take(), "\r      \r");
}

TEST(ProgressLine, KeepsTheLastColumnOfTheTerminalFree) {
  Terminal terminal;
  ProgressLine line(terminal.fd());
  line.Update(After(0, std::string(100, 'n')));
  EXPECT_EQ(terminal.Take().size(), 1u + 59u);
}

TEST(ProgressLine, WritesNothingToWhatIsNoTerminal) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  {
    ProgressLine line(fileno(file));
    line.Update(After(0));
    line.Update(After(1000));
  }
  EXPECT_EQ(lseek(fileno(file), 0, SEEK_END), 0);
  std::fclose(file);
}

}  // namespace
}  // namespace rcodescope
