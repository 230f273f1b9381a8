// Bytes that can be opened by a path, without a file system.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/require.h"

namespace rcodescope {

// As a plain file, or as a pipe of up to 64 KiB that ends behind them.
class MemoryFile {
 public:
  enum class Kind { kPlain, kPipe };

  explicit MemoryFile(std::span<const std::byte> bytes, Kind kind = Kind::kPlain) {
    int ends[2] = {-1, -1};
    if (kind == Kind::kPlain) {
      ends[0] = memfd_create("fuzz", MFD_CLOEXEC);
      ends[1] = dup(ends[0]);
    } else {
      Require(pipe(ends) == 0, "a pipe can be had");
    }
    const ssize_t written = write(ends[1], bytes.data(), bytes.size());
    Require(written == static_cast<ssize_t>(bytes.size()), "the input can be written");
    close(ends[1]);
    fd_ = ends[0];
    path_ = "/proc/self/fd/" + std::to_string(fd_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(fd_); }

  const std::string& path() const { return path_; }

 private:
  int fd_;
  std::string path_;
};

}  // namespace rcodescope
