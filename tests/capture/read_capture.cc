#include "tests/capture/read_capture.h"

#include <utility>

#include <gtest/gtest.h>

#include "tests/support/temp_file.h"

namespace rcodescope {

std::vector<Bytes> Got::contents() const {
  std::vector<Bytes> all;
  for (const GotFrame& frame : frames) all.push_back(frame.bytes);
  return all;
}

std::vector<int64_t> Got::times() const {
  std::vector<int64_t> all;
  for (const GotFrame& frame : frames) all.push_back(frame.packet.time.ns);
  return all;
}

Got Drain(CaptureFiles& source) {
  Got got;
  PacketBatch batch;
  for (size_t number = 0; source.Poll(batch) == PollResult::kPackets; ++number) {
    EXPECT_LE(batch.size, PacketBatch::kCapacity);
    for (size_t i = 0; i < batch.size; ++i) {
      const Packet& packet = batch.packets[i];
      got.frames.push_back(
          {packet, Bytes(packet.data, packet.data + packet.captured), batch.now, number});
    }
  }
  EXPECT_EQ(batch.size, 0u) << "the batch of kEnd is empty";
  got.stats = source.Stats();
  got.files = source.files();
  for (const InputFile& file : got.files) got.skipped += file.skipped;
  got.progress = source.progress();
  EXPECT_EQ(got.stats.seen, got.frames.size());
  EXPECT_EQ(got.stats.records, got.stats.seen + got.stats.filtered);
  uint64_t in_files = 0;
  for (const InputFile& file : got.files) in_files += file.packets;
  EXPECT_EQ(in_files, got.stats.seen);
  return got;
}

Got ReadFiles(FileSourceOptions options) {
  FileSource source(std::move(options));
  return Drain(source);
}

Got Read(const Bytes& file, FileSourceOptions options) {
  const TempFile on_disk(file);
  options.paths = {on_disk.path()};
  return ReadFiles(std::move(options));
}

std::vector<FileFrame> SomeFrames(size_t count) {
  std::vector<FileFrame> frames;
  for (size_t i = 0; i < count; ++i) {
    const auto ms = static_cast<int64_t>(i) * 1'000'000;
    Bytes bytes = Join(U32(static_cast<uint32_t>(i)), Fill(60 + i % 7, static_cast<unsigned>(i)));
    frames.push_back({.time = {kNewYear + ms}, .bytes = std::move(bytes)});
  }
  return frames;
}

std::vector<Bytes> ContentsOf(const std::vector<FileFrame>& frames) {
  std::vector<Bytes> all;
  for (const FileFrame& frame : frames) all.push_back(frame.bytes);
  return all;
}

}  // namespace rcodescope
