// Capture files that overlap in time, of several sensors say, as one packet source.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "capture/capture_files.h"
#include "capture/file_source.h"
#include "capture/intake.h"

namespace rcodescope {

// Where a frame of a merged capture stands in its own file.
struct FilePlace {
  size_t file = 0;     // ordinal of the file, from 0
  uint64_t frame = 0;  // its own there, from 1
};

// Reads all files at once, one open reader each, and gives their frames in order of packet time:
// always the earliest of those that come next in their files. Frames of one file stay in its order;
// of equal times, the file given first goes first. A frame without a time goes with the one before
// it in its file. A time more than a day ahead of its file holds the file back only when the next
// frame there is as far ahead, so that one damaged time costs its own place at most.
//
// Frames are numbered in the order in which they are given out. Files, damage and Stop are as
// FileSource has them. Not thread-safe, but for what CaptureFiles says.
class MergedSource final : public CaptureFiles {
 public:
  // What is open at once: a descriptor or two each, some 130 KiB of a plain file, and of a
  // compressed one twice as much and what its decompressor looks back on, all on the one thread.
  static constexpr size_t kMostFiles = 256;

  // At most kMostFiles paths, with the other options as FileSource takes them.
  explicit MergedSource(FileSourceOptions options);
  ~MergedSource() override;

  PollResult Poll(PacketBatch& batch) override;
  const CaptureStats& Stats() const override { return intake_.stats(); }

  const std::vector<InputFile>& files() const override { return files_; }
  void Stop() override;
  ReplayProgress progress() const override;

  // Of a frame of the last batch, by its place there.
  FilePlace origin(size_t place) const { return origins_[place]; }

 private:
  class Lane;

  void Begin();
  bool Offer(Lane& lane, PacketBatch& batch);
  bool Refill(Lane& lane);
  void GoOnWithEarliest();
  void Push(Lane* lane);
  Lane* Pop();
  static bool Later(const Lane* a, const Lane* b);

  std::unique_ptr<PacketFilter> filter_;
  Intake intake_;
  std::vector<InputFile> files_;
  std::vector<std::unique_ptr<Lane>> lanes_;  // one a file
  std::vector<Lane*> queue_;                  // a heap of lanes, the earliest in front
  Lane* current_ = nullptr;                   // taken from it
  std::array<FilePlace, PacketBatch::kCapacity> origins_;
  bool begun_ = false;
  std::atomic<uint64_t> packets_{0};
  std::atomic<size_t> file_{0};
};

}  // namespace rcodescope
