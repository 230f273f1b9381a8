#include "capture/byte_input.h"

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/byte_stream.h"
#include "capture/read_ahead.h"

namespace rcodescope {
namespace {

constexpr size_t kFirstBufferSize = 2 * ByteStream::kBlock;

absl::Status ErrnoStatus(int error) {
  if (error == ENOENT || error == EACCES || error == EISDIR || error == ENOTDIR) {
    return absl::NotFoundError(std::strerror(error));
  }
  return absl::UnavailableError(std::strerror(error));
}

// Takes a stream block by block, always to the same place. Plain files are read like that, too: to
// map one costs more (each of its pages, and its bytes come from memory, not from a cache), and
// when it is cut short meanwhile, the kernel ends the program.
class StreamInput final : public ByteInput {
 public:
  explicit StreamInput(std::unique_ptr<ByteStream> stream) : stream_(std::move(stream)) {
    Reserve(kFirstBufferSize);
  }

  bool Refill(size_t want) override {
    MakeRoom(want);
    while (window().size() < want) {
      const size_t got = stream_->Read(Room());
      if (got == 0) break;
      end_ += got;
      read_ += got;
    }
    return window().size() >= want;
  }

  uint64_t offset() const override { return read_ - static_cast<uint64_t>(end_ - position_); }
  uint64_t file_position() const override { return stream_->file_position(); }
  uint64_t file_size() const override { return stream_->file_size(); }
  bool stopped() const override { return stream_->stopped(); }
  absl::Status status() const override { return stream_->status(); }

  // With what has not been read from it yet. Nothing may follow, but the window stays.
  std::unique_ptr<ByteStream> TakeStream() { return std::move(stream_); }

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
    if (capacity_ < want + ByteStream::kBlock) {
      old = std::move(buffer_);
      Reserve(2 * (want + ByteStream::kBlock));
    }
    std::memmove(buffer_.get(), held.data(), held.size());
    position_ = buffer_.get();
    end_ = position_ + held.size();
  }

  // For one block.
  std::span<std::byte> Room() const {
    return {buffer_.get() + (end_ - buffer_.get()), ByteStream::kBlock};
  }

  std::unique_ptr<ByteStream> stream_;
  std::unique_ptr<std::byte[]> buffer_;  // the window lies in it
  size_t capacity_ = 0;
  uint64_t read_ = 0;
};

// Chooses the decompressor that the first bytes name.
absl::StatusOr<std::unique_ptr<ByteInput>> OpenStream(std::unique_ptr<FileStream> file,
                                                      bool read_ahead) {
  FileStream& bytes = *file;
  auto plain = std::make_unique<StreamInput>(std::move(file));
  plain->Refill(kMagicSize);
  if (!plain->status().ok()) return plain->status();
  auto decompressor = MakeDecompressor(plain->window());
  if (decompressor == nullptr) return plain;
  std::unique_ptr<ByteStream> unpacked = std::make_unique<UnpackedStream>(
      plain->TakeStream(), std::move(decompressor), plain->window());
  if (read_ahead) unpacked = std::make_unique<ReadAhead>(bytes, std::move(unpacked));
  return std::make_unique<StreamInput>(std::move(unpacked));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ByteInput>> OpenByteInput(const std::string& path, int stop_fd,
                                                         bool read_ahead) {
  // O_NONBLOCK: a named pipe opens before it has a writer, which is waited for later.
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  FileDescriptor fd(path == "-" ? STDIN_FILENO : open(path.c_str(), kFlags));
  if (fd.get() < 0) return ErrnoStatus(errno);
  struct stat info {};
  if (fstat(fd.get(), &info) != 0) return ErrnoStatus(errno);
  if (S_ISDIR(info.st_mode))
    return absl::NotFoundError("is a directory (--recursive reads the captures in it)");
  std::optional<uint64_t> size;
  if (S_ISREG(info.st_mode)) {
    posix_fadvise(fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    size = static_cast<uint64_t>(info.st_size);
  }
  return OpenStream(std::make_unique<FileStream>(std::move(fd), size, stop_fd, nullptr),
                    read_ahead);
}

absl::StatusOr<std::unique_ptr<ByteInput>> StreamFile(int fd, Growth* growth) {
  return OpenStream(std::make_unique<FileStream>(FileDescriptor(fd), std::nullopt, -1, growth),
                    /*read_ahead=*/false);
}

}  // namespace rcodescope
