// Captures that come through a pipe: in pieces of any size, and stopped while nothing comes.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <future>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/capture/read_capture.h"
#include "tests/support/temp_file.h"

namespace rcodescope {
namespace {

// Puts the reading end of a pipe in the place of standard input as long as it lives.
class StandardInput {
 public:
  StandardInput() : saved_(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    EXPECT_GE(dup2(ends[0], STDIN_FILENO), 0);
    close(ends[0]);
    writer_ = ends[1];
  }
  StandardInput(const StandardInput&) = delete;
  StandardInput& operator=(const StandardInput&) = delete;
  ~StandardInput() {
    Close();
    if (saved_ < 0) {
      close(STDIN_FILENO);
      return;
    }
    dup2(saved_, STDIN_FILENO);
    close(saved_);
  }

  // In pieces of `size` bytes.
  void Write(const Bytes& bytes, size_t size) const {
    for (size_t at = 0; at < bytes.size();) {
      const ssize_t written = write(writer_, &bytes[at], std::min(size, bytes.size() - at));
      ASSERT_GT(written, 0);
      at += static_cast<size_t>(written);
    }
  }
  void Close() {
    if (writer_ >= 0) close(writer_);
    writer_ = -1;
  }

 private:
  int saved_;
  int writer_ = -1;
};

class NamedPipe {
 public:
  NamedPipe() { EXPECT_EQ(mkfifo(path_.c_str(), 0600), 0); }
  const std::string& path() const { return path_; }

 private:
  const TempFolder folder_;
  const std::string path_ = folder_.path() / "fifo";
};

// A thread that polls a source to its end.
class Poller {
 public:
  explicit Poller(FileSource& source)
      : ended_(std::async(std::launch::async, [this, &source] {
          thread_.set_value(gettid());
          PacketBatch batch;
          while (source.Poll(batch) == PollResult::kPackets) {
          }
        })) {}

  // Until the kernel says that the thread waits.
  void AwaitWaiting() {
    const std::string path =
        "/proc/self/task/" + std::to_string(thread_.get_future().get()) + "/stat";
    std::string state;
    while (state != "S") {
      std::string number;
      std::string name;
      std::ifstream(path) >> number >> name >> state;
    }
  }
  bool EndsInTime() {
    return ended_.wait_for(std::chrono::seconds(10)) == std::future_status::ready;
  }

 private:
  std::promise<pid_t> thread_;
  std::future<void> ended_;
};

Got ReadPipe(const Bytes& file, size_t piece) {
  StandardInput input;
  std::jthread writer([&] {
    input.Write(file, piece);
    input.Close();
  });
  return ReadFiles({.paths = {"-"}});
}

Bytes PcapngOf(const std::vector<FileFrame>& frames) {
  Pcapng file;
  file.Section().Interface();
  for (const FileFrame& frame : frames) file.Enhanced(frame);
  return file.bytes();
}

TEST(Stream, DribblesGiveTheSamePacketsAsAFile) {
  const auto frames = SomeFrames(100);
  const struct {
    const char* name;
    Bytes file;
  } kCases[] = {
      {"pcap", Pcap(frames)},
      {"pcapng", PcapngOf(frames)},
      {"gzip", Gzip(Pcap(frames))},
      {"Zstandard", Zstd(PcapngOf(frames))},
  };
  for (const auto& test : kCases) {
    for (const size_t piece : {size_t{1}, size_t{7}, size_t{4096}}) {
      SCOPED_TRACE(std::string(test.name) + " in pieces of " + std::to_string(piece));
      const Got got = ReadPipe(test.file, piece);
      EXPECT_EQ(got.file().error, InputError::kNone) << got.file().message;
      EXPECT_EQ(got.file().name, "-");
      EXPECT_EQ(got.contents(), ContentsOf(frames));
      EXPECT_EQ(got.progress.bytes_total, 0u) << "the length of a pipe is unknown";
    }
  }
}

TEST(Stream, APipeThatEndsInsideARecordIsTold) {
  const Bytes whole = Pcap(SomeFrames(3));
  const Got got = ReadPipe(Cut(whole, whole.size() - 1), 1);
  EXPECT_EQ(got.frames.size(), 2u);
  EXPECT_EQ(got.file().error, InputError::kBadData);
}

TEST(Stream, FramesAreGivenOutBeforeTheNextOnesCome) {
  StandardInput input;
  const auto frames = SomeFrames(2);
  input.Write(Pcap({frames[0]}), 4096);
  FileSource source({.paths = {"-"}});
  PacketBatch batch;
  ASSERT_EQ(source.Poll(batch), PollResult::kPackets) << "and does not wait for a second one";
  EXPECT_EQ(batch.size, 1u);
  input.Write(PcapRecord(frames[1]), 4096);
  ASSERT_EQ(source.Poll(batch), PollResult::kPackets);
  ASSERT_EQ(batch.size, 1u);
  EXPECT_EQ(Bytes(batch.packets[0].data, batch.packets[0].data + batch.packets[0].captured),
            frames[1].bytes);
  input.Close();
  EXPECT_EQ(source.Poll(batch), PollResult::kEnd);
}

TEST(Stream, StopEndsAPollThatWaitsForAnIdlePipe) {
  const Bytes whole = Pcap(SomeFrames(2));
  const struct {
    const char* name;
    size_t sent;
  } kCases[] = {
      {"nothing came yet", 0},
      {"inside the file header", 10},
      {"behind the file header", 24},
      {"behind the first record", Pcap(SomeFrames(1)).size()},
      {"inside the second record", whole.size() - 5},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    StandardInput input;
    input.Write(Cut(whole, test.sent), 4096);
    FileSource source({.paths = {"-"}});
    Poller poller(source);
    poller.AwaitWaiting();
    source.Stop();
    if (!poller.EndsInTime()) {
      input.Close();  // so that the test ends
      FAIL() << "Poll still waits";
    }
    EXPECT_EQ(source.files().at(0).error, InputError::kNone) << source.files().at(0).message;
  }
}

TEST(Stream, StopEndsAPollThatWaitsForANamedPipeToBeWritten) {
  const NamedPipe pipe;
  FileSource source({.paths = {pipe.path()}});
  Poller poller(source);
  poller.AwaitWaiting();
  source.Stop();
  if (!poller.EndsInTime()) {
    close(open(pipe.path().c_str(), O_WRONLY | O_CLOEXEC));  // so that the test ends
    FAIL() << "Poll still waits";
  }
  EXPECT_EQ(source.files().at(0).error, InputError::kNone) << source.files().at(0).message;
}

TEST(Stream, ANonBlockingStandardInputIsWaitedFor) {
  const auto frames = SomeFrames(50);
  StandardInput input;
  ASSERT_EQ(fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK), 0);
  std::jthread writer([&] {
    input.Write(Pcap(frames), 3);
    input.Close();
  });
  const Got got = ReadFiles({.paths = {"-"}});
  EXPECT_EQ(got.file().error, InputError::kNone) << got.file().message;
  EXPECT_EQ(got.contents(), ContentsOf(frames));
}

TEST(Stream, BytesReadCountPipesToo) {
  const Bytes file = Pcap(SomeFrames(5));
  const TempFile on_disk(file);
  StandardInput input;
  input.Write(file, 4096);
  input.Close();
  const Got got = ReadFiles({.paths = {"-", on_disk.path()}});
  EXPECT_EQ(got.frames.size(), 10u);
  EXPECT_EQ(got.progress.bytes_read, 2 * file.size());
}

// A damaged place that holds what looks like one record, which no other follows: what is found
// must not depend on how many bytes happen to be there.
TEST(Stream, ResyncFindsTheSameAsInAFile) {
  auto frames = SomeFrames(20);
  const Bytes decoy = PcapRecord({.time = frames[5].time, .bytes = Fill(20, 0xee)});
  frames[5].captured = 0x7fffffff;
  frames[5].bytes = Join(Fill(100, 0xee), decoy, Fill(3000, 0xee));
  const Bytes file = Pcap(frames);
  const size_t behind_decoy =
      Pcap({frames.begin(), frames.begin() + 5}).size() + 16 + 100 + decoy.size();

  const Got expected = Read(file, {.resync = true});
  EXPECT_EQ(expected.frames.size(), 19u);
  EXPECT_EQ(expected.skipped, 16 + frames[5].bytes.size());

  StandardInput input;
  input.Write(Cut(file, behind_decoy), 4096);
  FileSource source({.paths = {"-"}, .resync = true});
  PacketBatch batch;
  ASSERT_EQ(source.Poll(batch), PollResult::kPackets);
  EXPECT_EQ(batch.size, 5u);
  input.Write(Bytes(file.begin() + static_cast<ptrdiff_t>(behind_decoy), file.end()), 4096);
  input.Close();
  uint64_t frames_seen = 5;
  while (source.Poll(batch) == PollResult::kPackets) frames_seen += batch.size;
  EXPECT_EQ(frames_seen, expected.frames.size());
  EXPECT_EQ(source.files().front().skipped, expected.skipped);
}

// What has been read by then is given out; no more is read.
TEST(Stream, AfterStopTheEndIsNear) {
  constexpr uint64_t kFrames = 2'000;
  const std::vector<FileFrame> frames(kFrames, {.time = {kNewYear}, .bytes = Fill(1'000)});
  const TempFile file(Pcap(frames));
  FileSource source({.paths = {file.path(), file.path()}});
  PacketBatch batch;
  ASSERT_EQ(source.Poll(batch), PollResult::kPackets);
  source.Stop();
  while (source.Poll(batch) == PollResult::kPackets) {
  }
  EXPECT_EQ(batch.size, 0u);
  EXPECT_LT(source.files()[0].packets, kFrames / 2);
  EXPECT_EQ(source.files()[0].error, InputError::kNone);
  EXPECT_EQ(source.files()[1].packets, 0u);
  EXPECT_EQ(source.Poll(batch), PollResult::kEnd);
}

// What unpacks waits for its writer then, whether the source is told to stop or just goes.
TEST(Stream, ACompressedPipeIsLeftBeforeItEnds) {
  for (const bool stopped : {false, true}) {
    StandardInput input;
    input.Write(Gzip(Pcap(SomeFrames(100))), 4096);
    FileSource source({.paths = {"-"}});
    PacketBatch batch;
    ASSERT_EQ(source.Poll(batch), PollResult::kPackets);
    EXPECT_EQ(batch.size, PacketBatch::kCapacity);
    if (!stopped) continue;
    source.Stop();
    while (source.Poll(batch) == PollResult::kPackets) {
    }
    EXPECT_EQ(source.files()[0].packets, 100U);
    EXPECT_EQ(source.files()[0].error, InputError::kNone);
  }
}

TEST(Stream, ANamedPipeIsReadLikeStandardInput) {
  const auto frames = SomeFrames(3);
  const NamedPipe pipe;
  std::jthread writer([&] {
    const int fd = open(pipe.path().c_str(), O_WRONLY | O_CLOEXEC);
    const Bytes file = Pcap(frames);
    EXPECT_EQ(write(fd, file.data(), file.size()), static_cast<ssize_t>(file.size()));
    close(fd);
  });
  const Got got = ReadFiles({.paths = {pipe.path()}});
  EXPECT_EQ(got.contents(), ContentsOf(frames));
}

}  // namespace
}  // namespace rcodescope
