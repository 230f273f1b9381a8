// What waits for a target, where memory and disk have an end. Requests as bytes are read by others
// in end_to_end/remote_write_test.py.
#include "exporters/write_queue.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>
#include <snappy.h>

#include "tests/support/temp_file.h"

namespace rcodescope {
namespace {

constexpr const char* kUrl = "http://192.0.2.1/write";

// A request of 100 bytes.
WriteRequestPtr Request(uint64_t samples) {
  constexpr size_t kLength = 97;  // Snappy: a byte of length, two of a literal's tag
  std::string text;
  for (uint32_t state = 1; text.size() < kLength; state = state * 1'664'525 + 1'013'904'223) {
    text += static_cast<char>(state >> 24);
  }
  WriteRequest request{.samples = samples};
  snappy::Compress(text.data(), text.size(), &request.body);
  EXPECT_EQ(request.body.size(), 100u);
  return std::make_shared<const WriteRequest>(request);
}

uint64_t Sum(const RemoteWriteCounts& counts) {
  return counts.sent + counts.rejected + counts.no_room + counts.spool_failed + counts.at_end +
         counts.pending;
}

class Folder {
 public:
  const std::string& path() const { return path_; }
  std::ptrdiff_t files() const {
    return std::distance(std::filesystem::directory_iterator(path_), {});
  }
  WriteSpool Spool(uint64_t limit, const std::string& url = kUrl) const {
    auto folder = SpoolFolder::Open(path_);
    EXPECT_TRUE(folder.ok()) << folder.status();
    return {*folder, url, limit};
  }

 private:
  const TempFolder temporary_;
  const std::string path_ = temporary_.path();
};

TEST(WriteQueue, FirstInFirstOut) {
  WriteQueue queue(kUrl, 1000, {});
  queue.Put(Request(1));
  queue.Put(Request(2));
  EXPECT_EQ(queue.First()->samples, 1u);
  EXPECT_EQ(queue.First()->samples, 1u) << "it stays until something became of it";
  queue.Sent(5);
  EXPECT_EQ(queue.First()->samples, 2u);
  queue.Rejected();
  queue.Close();
  EXPECT_EQ(queue.First(), nullptr);
  const RemoteWriteCounts counts = queue.counts();
  EXPECT_EQ(counts.sent, 1u);
  EXPECT_EQ(counts.rejected, 2u);
  EXPECT_EQ(counts.last_success_seconds, 5);
  EXPECT_EQ(counts.samples_in, Sum(counts));
}

TEST(WriteQueue, TheOldestGiveWayButNotTheOneThatIsOut) {
  WriteQueue queue(kUrl, 300, {});
  for (uint64_t i = 1; i <= 3; ++i) queue.Put(Request(i));
  ASSERT_EQ(queue.First()->samples, 1u);
  queue.Put(Request(4));
  queue.Put(Request(5));
  EXPECT_EQ(queue.counts().no_room, 2u + 3u);
  queue.Sent(1);
  EXPECT_EQ(queue.First()->samples, 4u);
  EXPECT_EQ(queue.counts().samples_in, Sum(queue.counts()));
}

TEST(WriteQueue, WhatNeverFitsIsLostAlone) {
  WriteQueue queue(kUrl, 300, {});
  queue.Put(Request(1));
  ASSERT_NE(queue.First(), nullptr);
  queue.Put(std::make_shared<const WriteRequest>(WriteRequest{std::string(301, 'x'), 2}));
  EXPECT_EQ(queue.counts().no_room, 2u);
  EXPECT_EQ(queue.counts().pending, 1u);
}

TEST(WriteQueue, BehindFullMemoryComesTheSpoolAndTheOrderStays) {
  const Folder folder;
  WriteQueue queue(kUrl, 100, folder.Spool(1 << 20));
  for (uint64_t i = 1; i <= 4; ++i) queue.Put(Request(i));
  EXPECT_EQ(folder.files(), 3);
  EXPECT_EQ(queue.First()->samples, 1u);
  queue.Sent(1);
  queue.Put(Request(5));
  EXPECT_EQ(folder.files(), 3) << "memory has room again";
  for (uint64_t i = 2; i <= 5; ++i) {
    ASSERT_EQ(queue.First()->samples, i);
    queue.Sent(1);
  }
  EXPECT_EQ(folder.files(), 0);
  EXPECT_EQ(queue.counts().spool_bytes, 0u);
  EXPECT_EQ(queue.counts().sent, 15u);
}

TEST(WriteQueue, AFullSpoolKeepsTheNewest) {
  const Folder folder;
  WriteQueue queue(kUrl, 100, folder.Spool(200));
  for (uint64_t i = 1; i <= 6; ++i) queue.Put(Request(i));
  EXPECT_EQ(queue.counts().spool_bytes, 200u);
  EXPECT_EQ(queue.counts().no_room, 1u + 2u + 3u);
  EXPECT_EQ(queue.First()->samples, 4u);
  EXPECT_EQ(queue.counts().samples_in, Sum(queue.counts()));
}

TEST(WriteQueue, WhatIsLeftIsFoundByTheNextOfThatTarget) {
  const Folder folder;
  {
    WriteQueue queue(kUrl, 200, folder.Spool(1 << 20));
    for (uint64_t i = 1; i <= 3; ++i) queue.Put(Request(i));
    queue.Close();
    queue.Settle();
    EXPECT_EQ(queue.counts().pending, 6u);
    EXPECT_EQ(queue.counts().at_end, 0u);
  }
  EXPECT_EQ(folder.files(), 3);
  {
    WriteQueue other("http://192.0.2.2/write", 200,
                     folder.Spool(1 << 20, "http://192.0.2.2/write"));
    EXPECT_EQ(other.counts().samples_in, 0u);
  }
  WriteQueue next(kUrl, 200, folder.Spool(1 << 20));
  next.Put(Request(4));
  EXPECT_EQ(next.counts().samples_in, 10u);
  for (uint64_t i = 1; i <= 4; ++i) {
    ASSERT_EQ(next.First()->samples, i);
    next.Sent(1);
  }
  EXPECT_EQ(folder.files(), 0);
}

TEST(WriteQueue, WithoutASpoolWhatIsLeftIsCounted) {
  WriteQueue queue(kUrl, 1000, {});
  queue.Put(Request(7));
  queue.Close();
  queue.Settle();
  EXPECT_EQ(queue.counts().at_end, 7u);
  EXPECT_EQ(queue.counts().pending, 0u);
}

TEST(WriteQueue, OneThatWaitsGoesOnWhenThereIsRoomOrNobodyTakesAny) {
  WriteQueue queue(kUrl, 100, {});
  queue.Put(Request(1));
  std::thread writer([&] {
    queue.PutOrWait(Request(2));
    queue.PutOrWait(Request(3));
    queue.Close();
  });
  EXPECT_EQ(queue.First()->samples, 1u);
  queue.Sent(1);
  EXPECT_EQ(queue.First()->samples, 2u);
  queue.Stop();
  writer.join();
  EXPECT_EQ(queue.First(), nullptr);
  queue.Settle();
  EXPECT_EQ(queue.counts().samples_in, 6u);
  EXPECT_EQ(queue.counts().samples_in, Sum(queue.counts()));
}

TEST(SpoolFolder, IsOfOneProcessAsLongAsItLives) {
  const Folder folder;
  const auto first = SpoolFolder::Open(folder.path());
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(SpoolFolder::Open(folder.path()).status()));
  EXPECT_TRUE(absl::IsNotFound(SpoolFolder::Open(folder.path() + "/none").status()));
}

}  // namespace
}  // namespace rcodescope
