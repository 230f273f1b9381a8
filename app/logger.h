// One line for each thing worth telling, as logfmt:
//   ts=2026-01-01T00:00:00.000Z level=warning msg="file cut short" file="x.pcap" offset="40"
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <unistd.h>

#include "capture/packet.h"

namespace rcodescope {

enum class LogLevel : uint8_t { kDebug, kInfo, kWarning, kError };
inline constexpr std::array<std::string_view, 4> kLogLevelNames = {"debug", "info", "warning",
                                                                   "error"};
std::optional<LogLevel> LogLevelFromName(std::string_view name);

// What varies in a message. `key` is a literal of letters, digits and underscores.
struct LogField {
  LogField(const char* field_key, std::string_view field_value)
      : key(field_key), value(field_value) {}
  LogField(const char* field_key, std::integral auto number)
      : key(field_key), value(std::to_string(number)) {}

  const char* key;
  std::string value;
};

// The line with its newline. Message and values are quoted and escaped (app/quote.h), so that
// nothing from a capture file reaches a terminal or ends a line.
std::string FormatLogLine(Timestamp time, LogLevel level, std::string_view message,
                          std::initializer_list<LogField> fields);

Timestamp WallClock();

// Writes log lines, each with one write(2). The message is a literal and serves as its own id:
// of one message at most 10 lines leave in any 10 s. The 11th closes it until 10 s after the last
// line that left; then, or at Flush, one line tells suppressed="N" before the message goes on.
//
// Thread-safe. What cannot be written (EPIPE, disk full) is lost without a word; a process that
// logs to a pipe ignores SIGPIPE.
class Logger {
 public:
  struct Config {
    int fd = STDERR_FILENO;            // borrowed
    LogLevel level = LogLevel::kInfo;  // less than this is not written
    std::function<Timestamp()> clock = WallClock;
    // Called before each line, under the logger's lock: takes a progress line off the terminal.
    std::function<void()> before_line;
  };

  explicit Logger(Config config) : config_(std::move(config)) {}
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;
  ~Logger() { Flush(); }

  void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

  // Tells what is suppressed so far, for every message.
  void Flush();

 private:
  static constexpr size_t kBurst = 10;
  static constexpr int64_t kPeriod = 10 * kNanosPerSecond;

  struct Bucket {
    std::array<int64_t, kBurst> sent{};  // times of the last lines, a ring
    size_t lines = 0;                    // sent since it opened
    bool closed = false;
    uint64_t suppressed = 0;
    LogLevel level = LogLevel::kInfo;  // of the last suppressed line
  };

  bool Admit(Bucket& bucket, int64_t now);
  void TellSuppressed(Timestamp now, std::string_view message, Bucket& bucket);
  void Write(const std::string& line);

  Config config_;
  std::mutex mutex_;
  std::map<std::string, Bucket, std::less<>> buckets_;
};

}  // namespace rcodescope
