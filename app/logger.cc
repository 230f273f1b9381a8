#include "app/logger.h"

#include <cerrno>
#include <cstdio>
#include <ctime>

#include "app/quote.h"

namespace rcodescope {
namespace {

constexpr int64_t kNanosPerMilli = 1'000'000;

// RFC 3339 in UTC, with milliseconds.
std::string FormatTime(Timestamp time) {
  const int64_t second = SliceOf(time, kNanosPerSecond);
  const auto milli = static_cast<int>((time.ns - second * kNanosPerSecond) / kNanosPerMilli);
  const std::time_t whole = second;
  std::tm parts{};
  gmtime_r(&whole, &parts);
  std::array<char, 32> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", milli);
  return std::string(date.data()) + fraction.data();
}

}  // namespace

std::optional<LogLevel> LogLevelFromName(std::string_view name) {
  for (size_t i = 0; i < kLogLevelNames.size(); ++i) {
    if (kLogLevelNames[i] == name) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

Timestamp WallClock() {
  std::timespec now{};
  std::timespec_get(&now, TIME_UTC);
  return {now.tv_sec * kNanosPerSecond + now.tv_nsec};
}

std::string FormatLogLine(Timestamp time, LogLevel level, std::string_view message,
                          std::initializer_list<LogField> fields) {
  std::string line = "ts=" + FormatTime(time) + " level=";
  line += kLogLevelNames[static_cast<size_t>(level)];
  line += " msg=" + Quote(message);
  for (const LogField& field : fields) {
    line += ' ';
    line += field.key;
    line += '=' + Quote(field.value);
  }
  line += '\n';
  return line;
}

void Logger::Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (level < config_.level) return;
  const std::lock_guard lock(mutex_);
  const Timestamp now = config_.clock();
  auto found = buckets_.find(message);
  if (found == buckets_.end()) found = buckets_.emplace(message, Bucket{}).first;
  Bucket& bucket = found->second;
  if (!Admit(bucket, now.ns)) {
    ++bucket.suppressed;
    bucket.level = level;
    return;
  }
  TellSuppressed(now, message, bucket);
  Write(FormatLogLine(now, level, message, fields));
}

void Logger::Flush() {
  const std::lock_guard lock(mutex_);
  const Timestamp now = config_.clock();
  for (auto& [message, bucket] : buckets_) TellSuppressed(now, message, bucket);
}

bool Logger::Admit(Bucket& bucket, int64_t now) {
  const size_t slot = bucket.lines % kBurst;
  if (bucket.lines > 0) {
    const int64_t last = bucket.sent[(slot + kBurst - 1) % kBurst];
    const bool full = bucket.lines >= kBurst && now - bucket.sent[slot] < kPeriod;
    if (now < last || now - last >= kPeriod) {
      // Quiet for long enough, or the clock was set back: as new.
      bucket.lines = 0;
      bucket.closed = false;
    } else if (bucket.closed || full) {
      bucket.closed = true;
      return false;
    }
  }
  bucket.sent[bucket.lines % kBurst] = now;
  ++bucket.lines;
  return true;
}

void Logger::TellSuppressed(Timestamp now, std::string_view message, Bucket& bucket) {
  if (bucket.suppressed == 0) return;
  Write(FormatLogLine(now, bucket.level, message, {{"suppressed", bucket.suppressed}}));
  bucket.suppressed = 0;
}

void Logger::Write(const std::string& line) {
  if (config_.before_line) config_.before_line();
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t written = ::write(config_.fd, rest.data(), rest.size());
    if (written > 0) {
      rest.remove_prefix(static_cast<size_t>(written));
    } else if (written == 0 || errno != EINTR) {
      return;
    }
  }
}

}  // namespace rcodescope
