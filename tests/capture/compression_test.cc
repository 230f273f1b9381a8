// Compressed captures: recognised by content, read as a stream, in bounded memory.
#include <string>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/capture/read_capture.h"
#include "tests/support/temp_file.h"

namespace rcodescope {
namespace {

uint64_t PeakResidentBytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

// Frames of all lengths up to the largest, so that they straddle every buffer of the reader.
std::vector<FileFrame> LargeFrames() {
  std::vector<FileFrame> frames;
  uint32_t state = 1;
  for (int i = 0; i < 60; ++i) {
    state = state * 1664525 + 1013904223;
    const size_t size = i % 10 == 0 ? 262'144 : state >> 15;
    Bytes bytes;
    while (bytes.size() < size) bytes.push_back(static_cast<std::byte>(bytes.size() * 31 + state));
    frames.push_back({.time = {kNewYear + i}, .bytes = std::move(bytes)});
  }
  return frames;
}

Bytes LargePcapng(const std::vector<FileFrame>& frames) {
  Pcapng file;
  file.Section().Interface({.resolution = uint8_t{9}});
  for (const FileFrame& frame : frames) file.Enhanced(frame);
  return file.bytes();
}

TEST(Compression, AnyContainerGivesTheSamePackets) {
  const auto frames = LargeFrames();
  for (const Bytes& plain : {Pcap(frames, {.nanoseconds = true}), LargePcapng(frames)}) {
    const size_t third = plain.size() / 3;
    const Bytes head = Cut(plain, third);
    const Bytes tail(plain.begin() + static_cast<ptrdiff_t>(third), plain.end());
    const struct {
      const char* name;
      Bytes file;
    } kCases[] = {
        {"plain", plain},
        {"gzip", Gzip(plain)},
        {"Zstandard", Zstd(plain)},
        {"xz", Xz(plain)},
        {"lz4", Lz4(plain)},
        {"two xz streams", Join(Xz(head), Xz(tail))},
        {"two lz4 frames", Join(Lz4(head), Lz4(tail))},
        {"gzip, a block filled up", Join(Gzip(plain), Fill(512))},
        {"gzip members with zeros between", Join(Gzip(head), Fill(9), Gzip(tail), Fill(1))},
        {"two gzip members", Join(Gzip(head), Gzip(tail))},
        {"two Zstandard frames", Join(Zstd(head), Zstd(tail))},
        {"an empty gzip member between two", Join(Gzip(head), Gzip({}), Gzip(tail))},
        {"a Zstandard skippable frame in front",  // RFC 8878 §3.1.2
         Join(Zstd(head), Hex("502a4d18 04000000 deadbeef"), Zstd(tail))},
    };
    for (const auto& test : kCases) {
      SCOPED_TRACE(test.name);
      const Got got = Read(test.file);
      EXPECT_EQ(got.file().error, InputError::kNone) << got.file().message;
      EXPECT_TRUE(got.contents() == ContentsOf(frames));
      EXPECT_EQ(got.progress.bytes_read, test.file.size()) << "compressed bytes";
    }
  }
}

TEST(Compression, ACutStreamGivesTheWholeRecordsBeforeTheCut) {
  const auto frames = SomeFrames(2000);
  for (const Bytes& packed :
       {Gzip(Pcap(frames)), Zstd(Pcap(frames)), Xz(Pcap(frames)), Lz4(Pcap(frames))}) {
    for (const size_t missing : {size_t{1}, size_t{4}, packed.size() / 2}) {
      SCOPED_TRACE(missing);
      const Got got = Read(Cut(packed, packed.size() - missing));
      EXPECT_EQ(got.file().error, InputError::kBadData);
      EXPECT_NE(got.file().message, "");
      const auto contents = got.contents();
      ASSERT_LE(contents.size(), frames.size());
      for (size_t i = 0; i < contents.size(); ++i) ASSERT_EQ(contents[i], frames[i].bytes);
    }
  }
}

TEST(Compression, AMissingGzipTrailerCostsNoFrame) {
  const auto frames = SomeFrames(50);
  const Bytes packed = Gzip(Pcap(frames));
  const Got got = Read(Cut(packed, packed.size() - 8));  // CRC32 and ISIZE
  EXPECT_EQ(got.frames.size(), 50u);
  EXPECT_EQ(got.file().error, InputError::kBadData);
}

TEST(Compression, DamagedStreamsAreToldAndDoNoHarm) {
  const auto frames = SomeFrames(500);
  for (const Bytes& packed :
       {Gzip(Pcap(frames)), Zstd(Pcap(frames)), Xz(Pcap(frames)), Lz4(Pcap(frames))}) {
    for (size_t at = 5; at < packed.size(); at += 97) {
      const unsigned value = std::to_integer<unsigned>(packed[at]) ^ 0x55;
      const Got got = Read(WithU8(packed, at, value));
      ASSERT_LE(got.frames.size(), frames.size() * 4) << "byte " << at;
    }
    const size_t middle = packed.size() / 2;
    Bytes damaged = packed;
    for (size_t i = 0; i < 64; ++i) damaged[middle + i] = std::byte{0xff};
    const Got got = Read(damaged);
    EXPECT_EQ(got.file().error, InputError::kBadData);
    EXPECT_NE(got.file().message, "");
  }
}

TEST(Compression, GarbageBehindTheLastMemberCostsNoFrame) {
  const auto frames = SomeFrames(50);
  const struct {
    const char* name;
    Bytes file;
  } kCases[] = {
      {"text behind gzip", Join(Gzip(Pcap(frames)), Text("garbage behind the end"))},
      {"one byte behind gzip", Join(Gzip(Pcap(frames)), Fill(1, 0x1f))},
      {"half a gzip header", Join(Gzip(Pcap(frames)), Hex("1f8b08"))},
      {"text behind xz", Join(Xz(Pcap(frames)), Text("garbage behind the end"))},
      {"text behind lz4", Join(Lz4(Pcap(frames)), Text("garbage behind the end"))},
      {"text behind Zstandard", Join(Zstd(Pcap(frames)), Text("garbage behind the end"))},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const Got got = Read(test.file);
    EXPECT_EQ(got.contents(), ContentsOf(frames));
    EXPECT_EQ(got.file().error, InputError::kBadData) << "nothing is passed over in silence";
  }
}

TEST(Compression, AGibibyteOfZerosIsReadInBoundedMemory) {
  constexpr uint32_t kFrameSize = 262'144;
  constexpr size_t kFrames = 4096;
  const Bytes record = PcapRecordAt(1, 0, Fill(kFrameSize));
  const Bytes file = ZstdRepeated(PcapHeader(), record, kFrames);
  ASSERT_LT(file.size(), 1'000'000u);
  const TempFile on_disk(file);
  FileSource source({.paths = {on_disk.path()}});
  const uint64_t before = PeakResidentBytes();
  PacketBatch batch;
  while (source.Poll(batch) == PollResult::kPackets) {
  }
  EXPECT_EQ(source.Stats().seen, kFrames);
  EXPECT_EQ(source.Stats().bytes, uint64_t{kFrames} * kFrameSize);
  EXPECT_LT(PeakResidentBytes() - before, 200'000'000u);
}

// A block may claim up to 4 GiB; what it claims must not be what is allocated.
TEST(Compression, AHugeUnknownBlockIsReadInBoundedMemory) {
  constexpr uint32_t kClaimed = 0x7ffffff0;
  const Bytes head = Join(Pcapng().Section().Interface().bytes(),
                          Uint32(ByteOrder::kLittle, 0x0bad), Uint32(ByteOrder::kLittle, kClaimed));
  const TempFile on_disk(ZstdRepeated(head, Fill(1 << 20), 1024));
  FileSource source({.paths = {on_disk.path()}});
  const uint64_t before = PeakResidentBytes();
  PacketBatch batch;
  EXPECT_EQ(source.Poll(batch), PollResult::kEnd);
  EXPECT_EQ(source.files().at(0).error, InputError::kBadData);
  EXPECT_LT(PeakResidentBytes() - before, 200'000'000u);
}

// A frame header may ask for a window of terabytes: RFC 8878 §3.1.1.1.2.
TEST(Compression, AZstandardWindowBeyondTheBoundIsRefused) {
  const Bytes enormous_window = Hex("28b52ffd 00 f8 010000");
  const Got got = Read(Join(enormous_window, Fill(100)));
  EXPECT_EQ(got.file().error, InputError::kBadData);
  EXPECT_NE(got.file().message, "");
}

}  // namespace
}  // namespace rcodescope
