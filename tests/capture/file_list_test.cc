// Several files as one source, and paths that are no files.
#include <filesystem>
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

// PacketSource: where StableMemory() says so after the Poll, the batch's bytes stay.
TEST(FileList, BytesOfMappedFilesStayAsLongAsTheSource) {
  const auto frames = SomeFrames(500);
  const TempFile first(Pcap({frames.begin(), frames.begin() + 250}));
  const TempFile second(Pcap({frames.begin() + 250, frames.end()}));
  FileSource source({.paths = {first.path(), second.path()}});
  std::vector<Packet> packets;
  PacketBatch batch;
  while (source.Poll(batch) == PollResult::kPackets) {
    ASSERT_TRUE(source.StableMemory());
    packets.insert(packets.end(), batch.packets.begin(),
                   batch.packets.begin() + static_cast<ptrdiff_t>(batch.size));
  }
  ASSERT_EQ(packets.size(), frames.size());
  for (size_t i = 0; i < packets.size(); ++i) {
    EXPECT_EQ(Bytes(packets[i].data, packets[i].data + packets[i].captured), frames[i].bytes);
  }
}

TEST(FileList, ABatchIsStableOrNotAsAWhole) {
  const auto frames = SomeFrames(10);
  const TempFile plain(Pcap(frames));
  const TempFile packed(Gzip(Pcap(frames)));
  FileSource source({.paths = {packed.path(), plain.path(), packed.path()}});
  PacketBatch batch;
  std::vector<std::pair<bool, Packet>> seen;
  while (source.Poll(batch) == PollResult::kPackets) {
    for (size_t i = 0; i < batch.size; ++i) {
      seen.emplace_back(source.StableMemory(), batch.packets[i]);
    }
  }
  ASSERT_EQ(seen.size(), 30u);
  for (size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].first, i / 10 == 1) << i;
    if (!seen[i].first) continue;
    const Packet& packet = seen[i].second;
    EXPECT_EQ(Bytes(packet.data, packet.data + packet.captured), frames[i % 10].bytes);
  }
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
