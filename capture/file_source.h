// Capture files, one after the other, as one packet source.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "capture/byte_input.h"
#include "capture/capture_files.h"
#include "capture/file_feed.h"
#include "capture/filter.h"
#include "capture/intake.h"
#include "capture/record_reader.h"
#include "capture/source.h"
#include "capture/stop_signal.h"

namespace rcodescope {

struct FileSourceOptions {
  std::vector<std::string> paths;        // "-" is standard input
  FileFeed* feed = nullptr;              // borrowed: gives the files, in place of `paths`
  int64_t slice = kNanosPerSecond;       // width in ns of the slices no batch may span; see Intake
  std::unique_ptr<PacketFilter> filter;  // may be null
  bool resync = false;                   // search on behind a damaged pcap record
  bool read_ahead = true;                // unpack compressed files on a thread of their own
};

// Reads files in the order given. A file that cannot be read, or not to its end, is noted in
// files() and the next one is taken: nothing counted so far is lost. Not thread-safe, but for
// what is said at its members.
class FileSource final : public CaptureFiles {
 public:
  explicit FileSource(FileSourceOptions options);

  PollResult Poll(PacketBatch& batch) override;
  const CaptureStats& Stats() const override { return intake_.stats(); }

  // Of a feed, the last 1,000; those before are in the first entry, together.
  const std::vector<InputFile>& files() const override { return files_; }
  // A feed is read to its end first.
  void Stop() override;
  ReplayProgress progress() const override;

 private:
  bool GoingOn();
  bool OpenNext();
  std::optional<absl::StatusOr<std::unique_ptr<ByteInput>>> NextInput();
  void ListFewer();
  void Close();
  void TellProgress();
  void Fail(InputError error, const std::string& message);
  // Brings more of the current file into memory. False when it has ended, well or not.
  bool ReadOn();
  bool SearchOn();

  FileSourceOptions options_;
  Intake intake_;
  std::vector<InputFile> files_;
  uint64_t together_ = 0;  // files in the first entry, when they are several
  size_t next_file_ = 0;
  StopSignal stop_;
  std::unique_ptr<ByteInput> input_;  // may wait for it, and goes first
  std::unique_ptr<RecordReader> reader_;
  uint64_t bytes_done_ = 0;  // of finished files
  uint64_t bytes_total_ = 0;
  // For progress(); written by the polling thread.
  std::atomic<uint64_t> bytes_read_{0};
  std::atomic<uint64_t> packets_{0};
  std::atomic<size_t> file_{0};
};

}  // namespace rcodescope
