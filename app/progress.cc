#include "app/progress.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

namespace rcodescope {
namespace {

constexpr size_t kMinName = 8;
constexpr double kMaxEtaSeconds = 100.0 * 3600;

template <typename... Args>
std::string Format(const char* format, Args... args) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, args...);
  return text.data();
}

// Three digits at most: 950 B/s, 1.2 GB/s, 143 MB/s.
std::string FormatRate(double rate, const char* unit) {
  static constexpr std::array<const char*, 6> kPrefixes = {"", "k", "M", "G", "T", "P"};
  size_t prefix = 0;
  while (rate >= 999.5 && prefix + 1 < kPrefixes.size()) {
    rate /= 1000;
    ++prefix;
  }
  const int decimals = prefix > 0 && rate < 9.95 ? 1 : 0;
  return Format("%.*f %s%s", decimals, rate, kPrefixes[prefix], unit);
}

// Minutes and seconds, with hours in front when there are some.
std::string FormatSpan(double seconds) {
  const auto whole = static_cast<int64_t>(std::ceil(seconds));
  const auto hours = static_cast<int>(whole / 3600);
  const auto minutes = static_cast<int>(whole / 60 % 60);
  const auto rest = static_cast<int>(whole % 60);
  return hours > 0 ? Format("%d:%02d:%02d", hours, minutes, rest)
                   : Format("%d:%02d", minutes, rest);
}

std::string Printable(std::string_view name) {
  std::string printable(name);
  std::replace_if(
      printable.begin(), printable.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return printable;
}

std::string RenderFigures(const ProgressState& state) {
  std::string figures;
  const double seconds = static_cast<double>(state.elapsed_ns) / 1e9;
  const bool rated = seconds > 0 && state.bytes_read > 0;
  const uint64_t read = std::min(state.bytes_read, state.bytes_total);
  if (state.bytes_total > 0) {
    const double share = static_cast<double>(read) / static_cast<double>(state.bytes_total);
    figures += Format(
        "  %d %%", read == state.bytes_total ? 100 : std::min(99, static_cast<int>(share * 100)));
  }
  if (!rated) return figures;
  const double rate = static_cast<double>(state.bytes_read) / seconds;
  figures += "  " + FormatRate(rate, "B/s");
  figures += "  " + FormatRate(static_cast<double>(state.packets) / seconds, "pps");
  if (state.bytes_total > 0) {
    const double eta = static_cast<double>(state.bytes_total - read) / rate;
    if (eta < kMaxEtaSeconds) figures += "  ETA " + FormatSpan(eta);
  }
  return figures;
}

size_t TerminalWidth(int fd) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

std::string RenderProgress(const ProgressState& state, size_t width) {
  std::string name = Printable(state.name);
  const std::string figures = RenderFigures(state);
  const size_t room = std::max(kMinName, width - std::min(width, figures.size()));
  if (name.size() > room) name = name.substr(0, room - 3) + "...";
  return (name + figures).substr(0, width);
}

ProgressLine::ProgressLine(int fd) : fd_(fd), terminal_(isatty(fd) == 1) {}

void ProgressLine::Update(const ProgressState& state) {
  if (!terminal_) return;
  const std::lock_guard lock(mutex_);
  if (shown_before_ && state.elapsed_ns - last_ns_ < kInterval) return;
  shown_before_ = true;
  last_ns_ = state.elapsed_ns;
  // The last column stays free: some terminals would wrap.
  std::string line = RenderProgress(state, TerminalWidth(fd_) - 1);
  const size_t columns = line.size();
  if (columns < columns_) line.append(columns_ - columns, ' ');
  columns_ = columns;
  Write('\r' + line);
}

void ProgressLine::Clear() {
  const std::lock_guard lock(mutex_);
  if (columns_ == 0) return;
  Write('\r' + std::string(columns_, ' ') + '\r');
  columns_ = 0;
}

void ProgressLine::Write(const std::string& text) {
  for (std::string_view rest = text; !rest.empty();) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written > 0) {
      rest.remove_prefix(static_cast<size_t>(written));
    } else if (written == 0 || errno != EINTR) {
      return;
    }
  }
}

}  // namespace rcodescope
