#include "capture/byte_input.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/decompressor.h"

namespace rcodescope {
namespace {

// A block and what is left of the one before it stay in a core's second cache.
constexpr size_t kReadSize = 128 * 1024;
constexpr size_t kFirstBufferSize = 2 * kReadSize;

absl::Status ErrnoStatus(int error) {
  if (error == ENOENT || error == EACCES || error == EISDIR || error == ENOTDIR) {
    return absl::NotFoundError(std::strerror(error));
  }
  return absl::UnavailableError(std::strerror(error));
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd_ > STDERR_FILENO) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// Reads a descriptor block by block, through a decompressor where the content asks for one. Blocks
// always go to the same place. Plain files are read like that, too: to map one costs more (each of
// its pages, and its bytes come from memory, not from a cache), and when it is cut short meanwhile,
// the kernel ends the program.
class StreamInput final : public ByteInput {
 public:
  StreamInput(FileDescriptor fd, uint64_t file_size, int stop_fd, Growth* growth)
      : fd_(std::move(fd)), stop_fd_(stop_fd), growth_(growth), file_size_(file_size) {
    Reserve(kFirstBufferSize);
  }

  // Reads the first bytes and chooses the decompressor they name.
  absl::Status Start() {
    while (window().size() < kMagicSize && ReadPlain()) {
    }
    if (!status_.ok()) return status_;
    decompressor_ = MakeDecompressor(window());
    if (decompressor_ == nullptr) return absl::OkStatus();
    input_end_ = window().size();
    input_ = std::move(buffer_);
    produced_ = 0;
    Reserve(kFirstBufferSize);
    return absl::OkStatus();
  }

  bool Refill(size_t want) override {
    MakeRoom(want);
    while (window().size() < want && (decompressor_ == nullptr ? ReadPlain() : Decompress())) {
    }
    return window().size() >= want;
  }

  uint64_t offset() const override { return produced_ - static_cast<uint64_t>(end_ - position_); }
  uint64_t file_position() const override { return read_; }
  uint64_t file_size() const override { return file_size_; }
  bool stopped() const override { return stopped_; }
  absl::Status status() const override { return status_; }

 private:
  // An empty window in a new buffer.
  void Reserve(size_t capacity) {
    buffer_ = std::make_unique_for_overwrite<std::byte[]>(capacity);
    capacity_ = capacity;
    position_ = end_ = buffer_.get();
  }

  // Moves the window to the front of a buffer that takes `want` bytes and one block more.
  void MakeRoom(size_t want) {
    const std::span<const std::byte> held = window();
    std::unique_ptr<std::byte[]> old;
    if (capacity_ < want + kReadSize) {
      old = std::move(buffer_);
      Reserve(2 * (want + kReadSize));
    }
    std::memmove(buffer_.get(), held.data(), held.size());
    position_ = buffer_.get();
    end_ = position_ + held.size();
  }

  std::span<std::byte> room() const {
    const auto used = static_cast<size_t>(end_ - buffer_.get());
    return {buffer_.get() + used, capacity_ - used};
  }

  bool ReadPlain() {
    if (!status_.ok() || input_ended_) return false;
    const size_t got = Read(room().first(kReadSize));
    end_ += got;
    produced_ += got;
    return got != 0;
  }

  // One step of the decompressor; false at the end of the input or on an error.
  bool Decompress() {
    if (!status_.ok() || finished_) return false;
    if (input_begin_ == input_end_ && !input_ended_) {
      input_begin_ = input_end_ = 0;
      ReadInput();
      if (!status_.ok()) return false;
    }
    const Decompressor::Step step = decompressor_->Run(
        {input_.get() + input_begin_, input_end_ - input_begin_}, room(), input_ended_);
    input_begin_ += step.consumed;
    end_ += step.produced;
    produced_ += step.produced;
    if (!step.error.empty()) status_ = absl::DataLossError(std::string(step.error));
    finished_ = step.finished;
    return status_.ok() && !(finished_ && step.produced == 0);
  }

  // Waits until there is something to read; false when told to stop.
  bool AwaitInput() {
    pollfd waits[] = {{fd_.get(), POLLIN, 0}, {stop_fd_, POLLIN, 0}};
    while (poll(waits, 2, -1) < 0 && errno == EINTR) {
    }
    stopped_ = (waits[1].revents & POLLIN) != 0;
    return !stopped_;
  }

  // At the end of the file: whether there is more now.
  bool AwaitGrowth() {
    if (growth_ == nullptr) return false;
    const Growth::Verdict verdict = growth_->Await(fd_.get(), read_);
    stopped_ = verdict == Growth::Verdict::kStopped;
    if (verdict == Growth::Verdict::kOverwritten) {
      status_ = absl::DataLossError("was overwritten while it was read; what stood behind is lost");
    }
    return verdict == Growth::Verdict::kGrown;
  }

  bool ReadInput() {
    const size_t got = Read({input_.get() + input_end_, kReadSize - input_end_});
    input_end_ += got;
    return got != 0;
  }

  // Waits for at least one byte. 0 at the end, or on an error.
  size_t Read(std::span<std::byte> to) {
    ssize_t got = 0;
    do {
      if (!AwaitInput()) {
        input_ended_ = true;
        return 0;
      }
      got = read(fd_.get(), to.data(), to.size());
    } while ((got < 0 && (errno == EINTR || errno == EAGAIN)) || (got == 0 && AwaitGrowth()));
    if (got < 0) status_ = absl::UnavailableError(std::strerror(errno));
    if (got <= 0) {
      input_ended_ = true;
      return 0;
    }
    read_ += static_cast<uint64_t>(got);
    return static_cast<size_t>(got);
  }

  FileDescriptor fd_;
  int stop_fd_;
  Growth* growth_;
  bool stopped_ = false;
  uint64_t file_size_;
  // As read, of compressed data: input_begin_ … input_end_ is not yet decompressed.
  std::unique_ptr<std::byte[]> input_;
  size_t input_begin_ = 0;
  size_t input_end_ = 0;
  bool input_ended_ = false;
  std::unique_ptr<Decompressor> decompressor_;  // null: plain data goes right into buffer_
  bool finished_ = false;
  std::unique_ptr<std::byte[]> buffer_;  // plain: the window lies in it
  size_t capacity_ = 0;
  uint64_t produced_ = 0;
  uint64_t read_ = 0;
  absl::Status status_;
};

absl::StatusOr<std::unique_ptr<ByteInput>> OpenStream(FileDescriptor fd, uint64_t size, int stop_fd,
                                                      Growth* growth = nullptr) {
  auto stream = std::make_unique<StreamInput>(std::move(fd), size, stop_fd, growth);
  if (absl::Status status = stream->Start(); !status.ok()) return status;
  return stream;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ByteInput>> OpenByteInput(const std::string& path, int stop_fd) {
  // O_NONBLOCK: a named pipe opens before it has a writer; AwaitInput waits for one.
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  FileDescriptor fd(path == "-" ? STDIN_FILENO : open(path.c_str(), kFlags));
  if (fd.get() < 0) return ErrnoStatus(errno);
  struct stat info {};
  if (fstat(fd.get(), &info) != 0) return ErrnoStatus(errno);
  if (S_ISDIR(info.st_mode))
    return absl::NotFoundError("is a directory (--recursive reads the captures in it)");
  const auto size = static_cast<uint64_t>(info.st_size);
  if (S_ISREG(info.st_mode)) posix_fadvise(fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  return OpenStream(std::move(fd), S_ISREG(info.st_mode) ? size : 0, stop_fd);
}

absl::StatusOr<std::unique_ptr<ByteInput>> StreamFile(int fd, Growth* growth) {
  return OpenStream(FileDescriptor(fd), 0, -1, growth);
}

}  // namespace rcodescope
