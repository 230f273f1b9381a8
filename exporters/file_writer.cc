#include "exporters/file_writer.h"

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rcodescope {
namespace {

constexpr mode_t kNewFileMode = 0666;  // the umask takes its part
constexpr mode_t kPermissionBits = 07777;

absl::Status Failure(int error, const std::string& path) {
  return absl::ErrnoToStatus(error, "cannot write " + path);
}

// An open descriptor, closed when it goes.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  // False where close() reports a late write error.
  bool Close() { return fd_ < 0 || ::close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

// False with errno set. Waits where the descriptor does not block.
bool WriteAll(int fd, std::string_view content) {
  size_t written = 0;
  while (written < content.size()) {
    const ssize_t count = ::write(fd, content.data() + written, content.size() - written);
    if (count >= 0) {
      written += static_cast<size_t>(count);
    } else if (errno == EAGAIN) {
      pollfd ready{fd, POLLOUT, 0};
      if (::poll(&ready, 1, -1) < 0 && errno != EINTR) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool Produce(int fd, const ContentProducer& produce) {
  errno = 0;
  return produce([fd](std::string_view piece) { return WriteAll(fd, piece); });
}

absl::Status WriteDirectly(const std::string& path, const ContentProducer& content) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.open() || !Produce(file.get(), content) || !file.Close()) return Failure(errno, path);
  return absl::OkStatus();
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

// A name in `folder` that no other writer of this machine uses. Short, so that it is not too long
// where the target's is not.
std::string TemporaryName(const std::string& folder) {
  static std::atomic<uint64_t> next{0};
  return folder + (folder.back() == '/' ? "" : "/") + ".rcodescope-" + std::to_string(::getpid()) +
         "-" + std::to_string(next++);
}

// False with errno set; nothing is left behind then.
bool Replace(const std::string& target, const struct stat* old, const ContentProducer& content) {
  const std::string folder = FolderOf(target);
  std::string temporary;
  int fd = -1;
  do {
    temporary = TemporaryName(folder);
    fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kNewFileMode);
  } while (fd < 0 && errno == EEXIST);
  Descriptor file(fd);
  if (!file.open()) return false;
  const bool done = (old == nullptr || ::fchmod(file.get(), old->st_mode & kPermissionBits) == 0) &&
                    Produce(file.get(), content) && ::fsync(file.get()) == 0 && file.Close() &&
                    ::rename(temporary.c_str(), target.c_str()) == 0;
  if (!done) {
    const int error = errno;
    ::unlink(temporary.c_str());
    errno = error;
    return false;
  }
  // The new name is durable once its folder is; the content is there in any case.
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.open()) ::fsync(directory.get());
  return true;
}

}  // namespace

absl::Status WriteWhole(const std::string& path, const std::string& content) {
  return WriteWhole(path, [&](const ContentSink& sink) { return sink(content); });
}

absl::Status WriteWhole(const std::string& path, const ContentProducer& content) {
  if (path == "-") {
    if (!Produce(STDOUT_FILENO, content)) return Failure(errno, "standard output");
    return absl::OkStatus();
  }
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT || !Replace(path, nullptr, content)) return Failure(errno, path);
    return absl::OkStatus();
  }
  if (S_ISDIR(status.st_mode)) return Failure(EISDIR, path);
  if (!S_ISREG(status.st_mode)) return WriteDirectly(path, content);
  const std::unique_ptr<char, decltype(&::free)> real(::realpath(path.c_str(), nullptr), &::free);
  if (real == nullptr || !Replace(real.get(), &status, content)) return Failure(errno, path);
  return absl::OkStatus();
}

}  // namespace rcodescope
