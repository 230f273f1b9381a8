#include "exporters/file_writer.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/temp_file.h"

namespace rcodescope {
namespace {

namespace fs = std::filesystem;

std::string Content(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

size_t Entries(const fs::path& folder) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(folder), {}));
}

mode_t Mode(const fs::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0U;
}

class WriteWholeTest : public testing::Test {
 protected:
  std::string Path(const std::string& name) const { return folder_ / name; }

  const TempFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

TEST_F(WriteWholeTest, WritesANewFileAndNothingElse) {
  ASSERT_TRUE(WriteWhole(Path("a"), "content\n").ok());
  EXPECT_EQ(Content(Path("a")), "content\n");
  EXPECT_EQ(Entries(folder_), 1U);
}

TEST_F(WriteWholeTest, ANewFileHasTheModeTheUmaskLeaves) {
  const mode_t old = ::umask(027);
  const absl::Status status = WriteWhole(Path("a"), "x");
  ::umask(old);
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(Mode(Path("a")), 0640U);
}

TEST_F(WriteWholeTest, ReplacesAnOldFileAndKeepsItsMode) {
  std::ofstream(Path("a")) << "a longer old content";
  ASSERT_EQ(::chmod(Path("a").c_str(), 0604), 0);
  ASSERT_TRUE(WriteWhole(Path("a"), "new").ok());
  EXPECT_EQ(Content(Path("a")), "new");
  EXPECT_EQ(Mode(Path("a")), 0604U);
  EXPECT_EQ(Entries(folder_), 1U);
}

TEST_F(WriteWholeTest, AReaderOfTheOldFileKeepsIt) {
  std::ofstream(Path("a")) << "old";
  std::ifstream reader(Path("a"));
  ASSERT_TRUE(WriteWhole(Path("a"), "new").ok());
  std::string text;
  reader >> text;
  EXPECT_EQ(text, "old");
}

TEST_F(WriteWholeTest, FollowsASymbolicLink) {
  std::ofstream(Path("target")) << "old";
  fs::create_symlink("target", Path("link"));
  ASSERT_TRUE(WriteWhole(Path("link"), "new").ok());
  EXPECT_TRUE(fs::is_symlink(Path("link")));
  EXPECT_EQ(Content(Path("target")), "new");
}

TEST_F(WriteWholeTest, ANameOfTheGreatestLengthWorks) {
  const std::string path = Path(std::string(255, 'n'));
  ASSERT_TRUE(WriteWhole(path, "x").ok());
  EXPECT_EQ(Content(path), "x");
}

TEST_F(WriteWholeTest, AMissingFolderIsAnErrorWithPathAndReason) {
  const std::string path = Path("missing/report.json");
  const absl::Status status = WriteWhole(path, "x");
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  const std::string text(status.message().data(), status.message().size());
  EXPECT_NE(text.find(path), std::string::npos) << text;
  EXPECT_NE(text.find(std::strerror(ENOENT)), std::string::npos) << text;
}

TEST_F(WriteWholeTest, AFolderIsNoFile) {
  const absl::Status status = WriteWhole(folder_, "x");
  const std::string text(status.message().data(), status.message().size());
  EXPECT_FALSE(status.ok());
  EXPECT_NE(text.find(std::strerror(EISDIR)), std::string::npos) << text;
}

TEST_F(WriteWholeTest, ADeviceIsWrittenNotReplaced) {
  ASSERT_TRUE(WriteWhole("/dev/null", "x").ok());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  if (!fs::exists("/dev/full")) return;
  EXPECT_EQ(WriteWhole("/dev/full", "x").code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(WriteWholeTest, AFifoIsWrittenWholeToItsReader) {
  ASSERT_EQ(::mkfifo(Path("fifo").c_str(), 0600), 0);
  const std::string content(1 << 20, 'f');  // more than a pipe holds
  auto reader = std::async(std::launch::async, [&] { return Content(Path("fifo")); });
  EXPECT_TRUE(WriteWhole(Path("fifo"), content).ok());
  EXPECT_EQ(reader.get(), content);
  EXPECT_TRUE(fs::is_fifo(Path("fifo")));
}

TEST_F(WriteWholeTest, AMinusIsStandardOutputAlsoWhenItDoesNotBlock) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
  fflush(stdout);
  const int saved = ::dup(STDOUT_FILENO);
  ASSERT_EQ(::dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
  ::close(ends[1]);
  auto reader = std::async(std::launch::async, [fd = ends[0]] {
    std::string text;
    char buffer[4096];
    for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) > 0;) {
      text.append(buffer, static_cast<size_t>(n));
    }
    return text;
  });
  const std::string content(1 << 20, 'o');
  const absl::Status status = WriteWhole("-", content);
  ::dup2(saved, STDOUT_FILENO);
  ::close(saved);
  const std::string read = reader.get();
  ::close(ends[0]);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(read.size(), content.size());
  EXPECT_FALSE(fs::exists("-"));
}

TEST_F(WriteWholeTest, AFullDiskKeepsTheOldFile) {
  if (::mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=64k") != 0) {
    GTEST_SKIP() << "cannot mount a small tmpfs: " << std::strerror(errno);
  }
  std::ofstream(Path("report")) << "old report";
  const absl::Status status = WriteWhole(Path("report"), std::string(256 << 10, 'n'));
  const std::string kept = Content(Path("report"));
  const size_t entries = Entries(folder_);
  ASSERT_EQ(::umount(folder_.c_str()), 0);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  const std::string text(status.message().data(), status.message().size());
  EXPECT_NE(text.find("report"), std::string::npos);
  EXPECT_NE(text.find(std::strerror(ENOSPC)), std::string::npos) << text;
  EXPECT_EQ(kept, "old report");
  EXPECT_EQ(entries, 1U) << "the temporary file is gone";
}

}  // namespace
}  // namespace rcodescope
