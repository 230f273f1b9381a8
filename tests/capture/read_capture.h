// Reads captures to their end and keeps what came out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "capture/file_source.h"
#include "tests/support/capture_file.h"

namespace rcodescope {

// 2026-01-01T00:00:00Z: `date -u -d 2026-01-01 +%s`.
inline constexpr int64_t kNewYear = 1'767'225'600 * kNanosPerSecond;

struct GotFrame {
  Packet packet;  // its `data` is not to be used: `bytes` is a copy
  Bytes bytes;
  Timestamp now;  // of its batch
  size_t batch = 0;
};

struct Got {
  std::vector<GotFrame> frames;
  CaptureStats stats;
  std::vector<InputFile> files;
  uint64_t skipped = 0;
  ReplayProgress progress;

  const InputFile& file() const { return files.at(0); }
  uint64_t anomaly(RecordAnomaly anomaly) const {
    return stats.anomalies[static_cast<size_t>(anomaly)];
  }
  std::vector<Bytes> contents() const;
  std::vector<int64_t> times() const;
};

// Polls until the end.
Got Drain(CaptureFiles& source);
Got ReadFiles(FileSourceOptions options);
// Writes `file` to a temporary file and reads that.
Got Read(const Bytes& file, FileSourceOptions options = {});

// `count` frames of different contents and lengths, a millisecond apart.
std::vector<FileFrame> SomeFrames(size_t count);
std::vector<Bytes> ContentsOf(const std::vector<FileFrame>& frames);

}  // namespace rcodescope
