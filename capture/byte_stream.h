// Bytes one after the other: of a file or a pipe, and what is unpacked from them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <unistd.h>

#include "absl/status/status.h"
#include "capture/decompressor.h"

namespace rcodescope {

// Not thread-safe, but for the positions.
class ByteStream {
 public:
  // A block and what is left of the one before it stay in a core's second cache.
  static constexpr size_t kBlock = size_t{128} * 1024;

  virtual ~ByteStream() = default;

  // Waits for at least one byte and puts as many as there are to `to`, which is not empty. 0 at the
  // end, or on an error, and then ever after.
  virtual size_t Read(std::span<std::byte> to) = 0;

  // Behind the last byte: whether a stop descriptor ended it; OK unless a read failed or compressed
  // data is damaged.
  virtual bool stopped() const = 0;
  virtual absl::Status status() const = 0;

  // Bytes of the file (compressed ones, if so) read so far, and in all; 0 when unknown. Any thread.
  virtual uint64_t file_position() const = 0;
  virtual uint64_t file_size() const = 0;
};

// Closes what it holds, but for the standard streams.
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

class Growth;  // see byte_input.h

// What a descriptor has. Ends when a stop descriptor becomes readable.
class FileStream final : public ByteStream {
 public:
  // `size`: of a plain file when it was opened, and no more is read: who writes there meanwhile may
  // be we ourselves. Empty: to the end. `stop_fd` (-1: none) and `growth` (may be null) are
  // borrowed.
  FileStream(FileDescriptor fd, std::optional<uint64_t> size, int stop_fd, Growth* growth)
      : fd_(std::move(fd)), stop_fd_(stop_fd), growth_(growth), size_(size) {}

  // Another stop descriptor, borrowed.
  void StopBy(int fd) { other_stop_fd_ = fd; }

  size_t Read(std::span<std::byte> to) override;
  bool stopped() const override { return stopped_; }
  absl::Status status() const override { return status_; }
  uint64_t file_position() const override { return read_.load(std::memory_order_relaxed); }
  uint64_t file_size() const override { return size_.value_or(0); }

 private:
  bool AwaitInput();
  bool AwaitGrowth();

  FileDescriptor fd_;
  int stop_fd_;
  int other_stop_fd_ = -1;
  Growth* growth_;
  std::optional<uint64_t> size_;
  bool stopped_ = false;
  bool ended_ = false;
  std::atomic<uint64_t> read_{0};
  absl::Status status_;
};

// What is packed in another stream.
class UnpackedStream final : public ByteStream {
 public:
  // `first`: bytes that have been read from `packed` already.
  UnpackedStream(std::unique_ptr<ByteStream> packed, std::unique_ptr<Decompressor> decompressor,
                 std::span<const std::byte> first);

  size_t Read(std::span<std::byte> to) override;
  bool stopped() const override { return packed_->stopped(); }
  absl::Status status() const override { return status_; }
  uint64_t file_position() const override { return packed_->file_position(); }
  uint64_t file_size() const override { return packed_->file_size(); }

 private:
  std::unique_ptr<ByteStream> packed_;
  std::unique_ptr<Decompressor> decompressor_;
  std::vector<std::byte> input_;  // begin_ … end_ is not yet unpacked
  size_t begin_ = 0;
  size_t end_ = 0;
  bool input_ended_ = false;
  bool ended_ = false;
  absl::Status status_;
};

}  // namespace rcodescope
