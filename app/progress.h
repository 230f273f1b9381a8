// How far a replay is, as a line on the terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

namespace rcodescope {

struct ProgressState {
  std::string name;          // of the file being read
  uint64_t bytes_read = 0;   // of all files
  uint64_t bytes_total = 0;  // 0: unknown, a pipe is among them
  uint64_t packets = 0;
  int64_t elapsed_ns = 0;  // since the start
};

// "x.pcap  43 %  1.2 GB/s  8.1 Mpps  ETA 0:12", in at most `width` columns and printable ASCII.
// Rates are means since the start, in powers of 1000. Without a total there is neither a share nor
// an ETA; before there is a rate, neither rates nor ETA. The share is rounded down, the ETA up,
// and an ETA of 100 hours or more is not worth showing. What does not fit is cut: first the name,
// of which at least 8 columns stay, then the line.
std::string RenderProgress(const ProgressState& state, size_t width = 80);

// Keeps one such line on a terminal. Thread-safe.
class ProgressLine {
 public:
  // Nothing is ever written when `fd` (borrowed) is no terminal.
  explicit ProgressLine(int fd);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() { Clear(); }

  // Shows `state` over what was there, if 200 ms of elapsed_ns have passed since the last time.
  void Update(const ProgressState& state);

  // Takes the line off the terminal; a later Update puts it there again.
  void Clear();

 private:
  static constexpr int64_t kInterval = 200'000'000;

  void Write(const std::string& text);

  const int fd_;
  const bool terminal_;
  std::mutex mutex_;
  bool shown_before_ = false;
  int64_t last_ns_ = 0;
  size_t columns_ = 0;  // of the line that is there
};

}  // namespace rcodescope
