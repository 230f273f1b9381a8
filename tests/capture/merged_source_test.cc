// Files that overlap in time, as one source.
#include "capture/merged_source.h"

#include <algorithm>
#include <map>
#include <random>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/capture/read_capture.h"
#include "tests/support/temp_file.h"

namespace rcodescope {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kDay = 24 * 3600 * kNanosPerSecond;

FileFrame At(int64_t ns, unsigned content) {
  return {.time = {kNewYear + ns}, .bytes = Join(U32(content), Fill(60, content))};
}

// The n-th of `count` sensors has each n-th frame.
std::vector<FileFrame> Share(const std::vector<FileFrame>& frames, size_t n, size_t count) {
  std::vector<FileFrame> share;
  for (size_t i = n; i < frames.size(); i += count) share.push_back(frames[i]);
  return share;
}

Bytes InPcapng(const std::vector<FileFrame>& frames) {
  Pcapng file(ByteOrder::kBig);
  file.Section().Interface({.resolution = 9});
  for (const FileFrame& frame : frames) file.Enhanced(frame);
  return file.bytes();
}

Got Merge(FileSourceOptions options) {
  MergedSource source(std::move(options));
  return Drain(source);
}

TEST(MergedSource, OverlappingFilesOfAnyFormatComeInOrderOfTime) {
  const auto frames = SomeFrames(1000);
  const TempFile first(Pcap(Share(frames, 0, 3)));
  const TempFile second(Gzip(Pcap(Share(frames, 1, 3), {.order = ByteOrder::kBig})));
  const TempFile third(InPcapng(Share(frames, 2, 3)));
  const Got got = Merge({.paths = {third.path(), first.path(), second.path()}});
  EXPECT_EQ(got.contents(), ContentsOf(frames));
  for (size_t i = 0; i < got.frames.size(); ++i) {
    ASSERT_EQ(got.frames[i].packet.frame, i + 1);
    ASSERT_EQ(got.frames[i].packet.time, frames[i].time);
  }
  ASSERT_EQ(got.files.size(), 3u);
  EXPECT_EQ(got.files[0].packets, 333u);
  EXPECT_EQ(got.files[1].packets, 334u);
  EXPECT_EQ(got.files[1].name, first.path());
  EXPECT_EQ(got.anomaly(RecordAnomaly::kTimeLate), 0u);
  EXPECT_EQ(got.progress.bytes_read, got.progress.bytes_total);
  EXPECT_EQ(got.progress.packets, 1000u);
}

TEST(MergedSource, EqualTimesGoByFileAndThenByFrame) {
  const TempFile first(Pcap({At(0, 1), At(kMs, 2), At(kMs, 3)}));
  const TempFile second(Pcap({At(0, 4), At(0, 5), At(kMs, 6)}));
  const Got got = Merge({.paths = {first.path(), second.path()}});
  EXPECT_EQ(got.contents(),
            ContentsOf({At(0, 1), At(0, 4), At(0, 5), At(kMs, 2), At(kMs, 3), At(kMs, 6)}));
}

TEST(MergedSource, OfEachFrameItsFileAndItsPlaceThereAreKnown) {
  const auto frames = SomeFrames(500);
  const TempFile first(Pcap(Share(frames, 1, 2)));
  const TempFile second(Pcap(Share(frames, 0, 2)));
  MergedSource source({.paths = {first.path(), second.path()}});
  PacketBatch batch;
  uint64_t number = 0;
  while (source.Poll(batch) == PollResult::kPackets) {
    for (size_t i = 0; i < batch.size; ++i, ++number) {
      ASSERT_EQ(source.origin(i).file, number % 2 == 0 ? 1u : 0u);
      ASSERT_EQ(source.origin(i).frame, number / 2 + 1);
    }
  }
  EXPECT_EQ(number, 500u);
}

TEST(MergedSource, NoBatchSpansTwoSlices) {
  const auto frames = SomeFrames(400);
  const TempFile first(Pcap(Share(frames, 0, 2)));
  const TempFile second(Zstd(Pcap(Share(frames, 1, 2))));
  const Got got = Merge({.paths = {first.path(), second.path()}, .slice = 10 * kMs});
  std::map<size_t, int64_t> slices;
  for (const GotFrame& frame : got.frames) {
    const int64_t slice = SliceOf(frame.packet.time, 10 * kMs);
    ASSERT_EQ(slices.emplace(frame.batch, slice).first->second, slice);
  }
  EXPECT_EQ(got.contents(), ContentsOf(frames));
}

TEST(MergedSource, AFrameWithoutATimeGoesWithTheOneBeforeIt) {
  Pcapng without;
  without.Section().Interface();
  for (unsigned content : {1U, 2U})
    without.Enhanced(At(content * 10 * kMs, content)).Simple(At(0, content + 10).bytes);
  const TempFile first(without.bytes());
  const TempFile second(Pcap({At(5 * kMs, 3), At(15 * kMs, 4)}));
  const Got got = Merge({.paths = {second.path(), first.path()}});
  EXPECT_EQ(got.contents(),
            ContentsOf({At(0, 3), At(0, 1), At(0, 11), At(0, 4), At(0, 2), At(0, 12)}));
  EXPECT_EQ(got.anomaly(RecordAnomaly::kTimeMissing), 2u);
}

// Wherever it stands among the frames that the file's reader gives at once.
TEST(MergedSource, ADamagedTimeHoldsNoFileBack) {
  const auto frames = SomeFrames(280);
  const TempFile second(Pcap(Share(frames, 1, 2)));
  for (size_t place = 1; place + 1 < 140; ++place) {
    auto share = Share(frames, 0, 2);
    share[place].time.ns += 1000 * kDay;
    for (const Bytes& file : {Pcap(share), Gzip(Pcap(share))}) {
      SCOPED_TRACE(place);
      const TempFile first(file);
      const Got got = Merge({.paths = {first.path(), second.path()}});
      EXPECT_EQ(got.anomaly(RecordAnomaly::kTimeJump), 1u);
      EXPECT_EQ(got.anomaly(RecordAnomaly::kTimeLate), 0u);
      ASSERT_EQ(got.frames.size(), frames.size());
      EXPECT_EQ(got.frames.back().now, frames.back().time);
      // It is given with the one before it, one place early.
      auto expected = ContentsOf(frames);
      std::swap(expected[2 * place], expected[2 * place - 1]);
      ASSERT_EQ(got.contents(), expected);
    }
  }
}

TEST(MergedSource, ASensorThatWasSilentForDaysHoldsItsPlace) {
  for (const size_t before : {1U, 63U, 64U, 65U, 128U}) {
    SCOPED_TRACE(before);
    std::vector<FileFrame> steady;
    for (unsigned hour = 0; hour < 200; ++hour) steady.push_back(At(hour * kDay / 24, hour));
    std::vector<FileFrame> silent;
    for (unsigned i = 0; i < before; ++i) silent.push_back(At(i * kMs + 1, 1000 + i));
    for (unsigned i = 0; i < 70; ++i) silent.push_back(At(3 * kDay + i * kMs + 1, 2000 + i));
    auto expected = steady;
    expected.insert(expected.end(), silent.begin(), silent.end());
    std::sort(expected.begin(), expected.end(),
              [](const FileFrame& a, const FileFrame& b) { return a.time < b.time; });
    const TempFile first(Pcap(silent, {.nanoseconds = true}));
    const TempFile second(Gzip(Pcap(steady, {.nanoseconds = true})));
    const Got got = Merge({.paths = {first.path(), second.path()}});
    EXPECT_EQ(got.contents(), ContentsOf(expected));
    EXPECT_EQ(got.anomaly(RecordAnomaly::kTimeJump), 0u);
  }
}

TEST(MergedSource, BadFilesCostNothingOfTheOthers) {
  const auto frames = SomeFrames(40);
  const TempFile good(Pcap(Share(frames, 0, 2)));
  const TempFile no_capture(Text("this is no capture file at all"));
  const Bytes whole = Pcap(Share(frames, 1, 2));
  const TempFile truncated(Cut(whole, whole.size() - 1));
  const Got got = Merge(
      {.paths = {no_capture.path(), truncated.path(), good.path() + "-missing", good.path()}});
  auto expected = ContentsOf(frames);
  expected.pop_back();
  EXPECT_EQ(got.contents(), expected);
  ASSERT_EQ(got.files.size(), 4u);
  EXPECT_EQ(got.files[0].error, InputError::kBadData);
  EXPECT_EQ(got.files[1].error, InputError::kBadData);
  EXPECT_EQ(got.files[1].packets, 19u);
  EXPECT_EQ(got.files[2].error, InputError::kNotFound);
  EXPECT_EQ(got.files[3].error, InputError::kNone);
}

TEST(MergedSource, AnomaliesOfAllFilesAreCounted) {
  auto frames = SomeFrames(4);
  frames[1].wire = 20;
  frames[2].wire = 20;
  const TempFile first(Pcap(Share(frames, 0, 2)));
  const TempFile second(Pcap(Share(frames, 1, 2)));
  const Got got = Merge({.paths = {first.path(), second.path()}});
  EXPECT_EQ(got.anomaly(RecordAnomaly::kCapturedExceedsWire), 2u);
}

TEST(MergedSource, NoFilesEndAtOnceAndTheEndStays) {
  EXPECT_EQ(Merge({}).frames.size(), 0u);
  const TempFile file(Pcap(SomeFrames(1)));
  MergedSource source({.paths = {file.path(), file.path()}});
  EXPECT_EQ(Drain(source).frames.size(), 2u);
  PacketBatch batch;
  EXPECT_EQ(source.Poll(batch), PollResult::kEnd);
}

// Against a sort of all frames by time, file and place.
TEST(MergedSource, RandomFilesAreMergedAsASortDoes) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const size_t count = 1 + random() % 9;
    std::vector<std::unique_ptr<TempFile>> files;
    FileSourceOptions options;
    struct Key {
      int64_t time;
      size_t file;
      size_t place;
      auto operator<=>(const Key&) const = default;
    };
    std::map<Key, Bytes> sorted;
    for (size_t file = 0; file < count; ++file) {
      std::vector<FileFrame> frames;
      int64_t time = 0;
      for (size_t place = random() % 300; place > 0; --place) {
        time += static_cast<int64_t>(random() % 4) * kMs;  // often the same as others'
        frames.push_back(At(time, static_cast<unsigned>(random())));
        sorted[{time, file, frames.size()}] = frames.back().bytes;
      }
      const Bytes plain = random() % 2 == 0 ? Pcap(frames) : InPcapng(frames);
      files.push_back(std::make_unique<TempFile>(random() % 2 == 0 ? plain : Lz4(plain)));
      options.paths.push_back(files.back()->path());
    }
    std::vector<Bytes> expected;
    for (const auto& [key, bytes] : sorted) expected.push_back(bytes);
    ASSERT_EQ(Merge(std::move(options)).contents(), expected);
  }
}

TEST(MergedSource, StoppedItNoLongerWaitsForAPipe) {
  const TempFile place(Text(""));
  const std::string path = place.path() + ".fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const int writer = open(path.c_str(), O_RDWR | O_CLOEXEC);
  const TempFile file(Pcap(SomeFrames(10)));
  MergedSource source({.paths = {file.path(), path}});
  std::thread poller([&] { Drain(source); });
  source.Stop();
  poller.join();
  close(writer);
  unlink(path.c_str());
}

}  // namespace
}  // namespace rcodescope
