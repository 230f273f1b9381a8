// Several files as one source, and paths that are no files.
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "tests/capture/read_capture.h"
#include "tests/support/temp_file.h"

namespace rcodescope {
namespace {

TEST(FileList, PathsThatAreNoFilesAreNotFound) {
  const std::string directory = std::filesystem::temp_directory_path().string();
  for (const std::string& path : {directory, directory + "/rcodescope-no-such-file",
                                  std::string("/dev/null/below"), std::string()}) {
    SCOPED_TRACE(path);
    const Got got = ReadFiles({.paths = {path}});
    EXPECT_EQ(got.frames.size(), 0u);
    EXPECT_EQ(got.file().name, path);
    EXPECT_EQ(got.file().error, InputError::kNotFound);
    EXPECT_NE(got.file().message, "");
  }
}

TEST(FileList, FilesAreReadInTheOrderGiven) {
  const auto frames = SomeFrames(300);
  const TempFile first(Pcap({frames.begin(), frames.begin() + 100}));
  const TempFile second(Gzip(Pcap({frames.begin() + 100, frames.begin() + 101})));
  const TempFile third(Pcap({frames.begin() + 101, frames.end()}, {.order = ByteOrder::kBig}));
  const Got got = ReadFiles({.paths = {first.path(), second.path(), third.path()}});
  EXPECT_EQ(got.contents(), ContentsOf(frames));
  EXPECT_EQ(got.frames.back().packet.frame, 300u) << "ordinals go on from file to file";
  ASSERT_EQ(got.files.size(), 3u);
  EXPECT_EQ(got.files[0].packets, 100u);
  EXPECT_EQ(got.files[1].packets, 1u);
  EXPECT_EQ(got.files[2].packets, 199u);
  EXPECT_EQ(got.files[1].name, second.path());
  EXPECT_EQ(got.progress.file, 2u);
  EXPECT_EQ(got.progress.bytes_read, got.progress.bytes_total);
}

TEST(FileList, ABadFileInTheMiddleCostsNothingOfTheOthers) {
  const auto frames = SomeFrames(20);
  const TempFile good(Pcap(frames));
  const TempFile no_capture(Text("this is no capture file at all"));
  const Bytes whole = Pcap(frames);
  const TempFile truncated(Cut(whole, whole.size() - 1));
  const std::string missing = good.path() + "-missing";
  const Got got = ReadFiles(
      {.paths = {good.path(), no_capture.path(), missing, truncated.path(), good.path()}});
  EXPECT_EQ(got.frames.size(), 20u + 19u + 20u);
  ASSERT_EQ(got.files.size(), 5u);
  EXPECT_EQ(got.files[0].error, InputError::kNone);
  EXPECT_EQ(got.files[1].error, InputError::kBadData);
  EXPECT_EQ(got.files[2].error, InputError::kNotFound);
  EXPECT_EQ(got.files[3].error, InputError::kBadData);
  EXPECT_EQ(got.files[3].packets, 19u);
  EXPECT_EQ(got.files[4].error, InputError::kNone);
  EXPECT_EQ(got.files[4].packets, 20u);
}

TEST(FileList, NoFilesEndAtOnce) {
  const Got got = ReadFiles({});
  EXPECT_EQ(got.frames.size(), 0u);
  EXPECT_EQ(got.files.size(), 0u);
}

TEST(FileList, TheEndStaysTheEnd) {
  const TempFile file(Pcap(SomeFrames(1)));
  FileSource source({.paths = {file.path()}});
  EXPECT_EQ(Drain(source).frames.size(), 1u);
  PacketBatch batch;
  EXPECT_EQ(source.Poll(batch), PollResult::kEnd);
  EXPECT_EQ(batch.size, 0u);
}

// What has been given out stays counted; the program goes on.
TEST(FileList, AFileThatIsCutShortWhileItIsReadEndsThere) {
  constexpr size_t kFrames = 2'000;
  constexpr size_t kRecord = 16 + 1'000;
  const std::vector<FileFrame> frames(kFrames, {.time = {kNewYear}, .bytes = Fill(1'000)});
  const TempFile cut(Pcap(frames));
  const TempFile next(Pcap(SomeFrames(3)));
  FileSource source({.paths = {cut.path(), next.path()}});
  PacketBatch batch;
  ASSERT_EQ(source.Poll(batch), PollResult::kPackets);
  constexpr size_t kWhole = kFrames / 2;
  std::filesystem::resize_file(cut.path(), 24 + kWhole * kRecord + kRecord / 2);
  while (source.Poll(batch) == PollResult::kPackets) {
  }
  EXPECT_EQ(source.files()[0].packets, kWhole);
  EXPECT_EQ(source.files()[0].error, InputError::kBadData);
  EXPECT_NE(source.files()[0].message.find("cut off"), std::string::npos);
  EXPECT_EQ(source.files()[1].packets, 3U);
  EXPECT_EQ(source.files()[1].error, InputError::kNone);
}

// Who writes there may be the program that reads.
TEST(FileList, AFileThatGrowsIsReadToWhereItEndedWhenItWasOpened) {
  const TempFile file(Pcap(SomeFrames(300)));
  FileSource source({.paths = {file.path()}});
  PacketBatch batch;
  ASSERT_EQ(source.Poll(batch), PollResult::kPackets);
  std::ofstream(file.path(), std::ios::binary | std::ios::app) << std::string(1'000'000, 'x');
  uint64_t seen = batch.size;
  while (source.Poll(batch) == PollResult::kPackets) seen += batch.size;
  EXPECT_EQ(seen, 300U);
  EXPECT_EQ(source.files()[0].error, InputError::kNone);
}

TEST(FileList, StatsSpanAllFiles) {
  const TempFile later(Pcap({{.time = {kNewYear + 5}, .bytes = Fill(60)}}, {.nanoseconds = true}));
  const TempFile earlier(
      Pcap({{.time = {kNewYear + 3}, .bytes = Fill(70)}}, {.nanoseconds = true}));
  const Got got = ReadFiles({.paths = {later.path(), earlier.path()}});
  EXPECT_EQ(got.stats.first.ns, kNewYear + 3);
  EXPECT_EQ(got.stats.last.ns, kNewYear + 5);
  EXPECT_EQ(got.stats.bytes, 130u);
}

TEST(FileList, WithoutFramesThereIsNoFirstOrLastTime) {
  const Got got = Read(PcapHeader());
  EXPECT_EQ(got.stats.first, kNoTime);
  EXPECT_EQ(got.stats.last, kNoTime);
}

}  // namespace
}  // namespace rcodescope
