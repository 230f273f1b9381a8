#include "app/top/top.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <absl/strings/str_cat.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "app/fail.h"
#include "app/top/fetcher.h"
#include "app/top/frame.h"
#include "app/top/screen.h"

namespace rcodescope {
namespace {

using Clock = FigureHistory::Clock;

constexpr std::chrono::seconds kBetween{1};  // the end of a round and the next
constexpr size_t kPlainColumns = 100;

absl::StatusOr<Figures> FiguresOf(absl::StatusOr<Pages>& pages) {
  if (!pages.ok()) return pages.status();
  return ReadFigures(*pages);
}

ExitCode PrintOnce(const TopOptions& options) {
  Fetcher fetcher(options.url);
  fetcher.Start();
  while (fetcher.under_way()) fetcher.Wait({}, kBetween);
  absl::StatusOr<Pages> pages = fetcher.Take();
  absl::StatusOr<Figures> figures = FiguresOf(pages);
  if (!figures.ok()) {
    return Fail(ExitCode::kUnavailable, absl::StrCat(options.url, ": ", figures.status().message(),
                                                     "; is an instance running there (--listen)?"));
  }
  FigureHistory history;
  history.Take(*std::move(figures), pages->report, Clock::now());
  const FrameSource source{.url = options.url, .problem = "", .history = &history};
  for (const FrameLine& line : MakeFrame(source, {}, {0, kPlainColumns}).lines) {
    std::puts(line.text.c_str());
  }
  if (std::fflush(stdout) != 0)
    return Fail(ExitCode::kCannotCreate, "standard output: cannot write");
  return ExitCode::kDone;
}

// Signals as something that can be waited for with the rest.
class SignalDescriptor {
 public:
  SignalDescriptor() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) sigaddset(&set, number);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    fd_ = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  }
  ~SignalDescriptor() { close(fd_); }
  SignalDescriptor(const SignalDescriptor&) = delete;
  SignalDescriptor& operator=(const SignalDescriptor&) = delete;

  int fd() const { return fd_; }
  // 0: none is left.
  int Next() const {
    signalfd_siginfo info{};
    return read(fd_, &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
  }

 private:
  int fd_;
};

// Whether nobody is at the other end of standard input any more.
bool HungUp() {
  pollfd input{STDIN_FILENO, 0, 0};
  return poll(&input, 1, 0) > 0 && (input.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

class Session {
 public:
  Session(const TopOptions& options, Screen& screen, const SignalDescriptor& signals)
      : screen_(screen), signals_(signals), fetcher_(options.url) {
    source_.url = options.url;
    source_.history = &history_;
  }

  void Run() {
    fetcher_.Start();
    Draw();
    while (!view_.quit && !HungUp()) {
      fetcher_.Wait({STDIN_FILENO, signals_.fd()}, kBetween / 4);
      bool changed = TakeSignals();
      changed |= TakeKeys();
      changed |= TakePages();
      if (changed && !view_.quit) Draw();
    }
  }

 private:
  bool TakeSignals() {
    bool changed = false;
    for (int number = signals_.Next(); number != 0; number = signals_.Next()) {
      changed = true;
      if (number == SIGWINCH) {
        screen_.Resize();
      } else {
        view_.quit = true;
      }
    }
    return changed;
  }

  bool TakeKeys() {
    bool changed = false;
    while (const std::optional<KeyPress> press = screen_.Read()) {
      const auto codes = history_.empty() ? std::vector<std::string>() : CodeNames(history_.now());
      view_.Press(*press, codes, key_rows_);
      changed = true;
    }
    return changed;
  }

  // What came while nothing is to move is let go.
  bool TakePages() {
    if (fetcher_.under_way()) return false;
    const Clock::time_point now = Clock::now();
    const bool ended = std::exchange(waiting_, false);
    if (ended) again_ = now + kBetween;
    if (!ended) {
      if (now >= again_) {
        fetcher_.Start();
        waiting_ = true;
      }
      return false;
    }
    if (view_.paused) return false;
    absl::StatusOr<Pages> pages = fetcher_.Take();
    absl::StatusOr<Figures> figures = FiguresOf(pages);
    source_.problem = figures.ok() ? "" : std::string(figures.status().message());
    if (figures.ok()) history_.Take(*std::move(figures), pages->report, now);
    source_.unchanged_s =
        history_.empty()
            ? 0
            : std::chrono::duration_cast<std::chrono::seconds>(now - history_.changed()).count();
    return true;
  }

  void Draw() {
    const Frame frame = MakeFrame(source_, view_, screen_.size());
    key_rows_ = frame.key_rows;
    screen_.Show(frame);
  }

  Screen& screen_;
  const SignalDescriptor& signals_;
  Fetcher fetcher_;
  FigureHistory history_;
  FrameSource source_;
  TopView view_;
  size_t key_rows_ = 0;
  bool waiting_ = true;  // for a round that was begun
  Clock::time_point again_{};
};

}  // namespace

ExitCode Top(const TopOptions& options) {
  if (options.once || isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0) {
    return PrintOnce(options);
  }
  const SignalDescriptor signals;
  const absl::StatusOr<std::unique_ptr<Screen>> screen = Screen::Open();
  if (!screen.ok()) {
    return Fail(ExitCode::kUnavailable,
                absl::StrCat(screen.status().message(), "; --once prints plain text"));
  }
  Session(options, **screen, signals).Run();
  return ExitCode::kDone;
}

}  // namespace rcodescope
