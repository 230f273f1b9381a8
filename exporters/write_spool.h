// Requests that wait on disk.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "exporters/write_request.h"

namespace rcodescope {

// A folder of this process alone, as long as this lives, and the files that were in it at first.
class SpoolFolder {
 public:
  // NotFound, PermissionDenied …: the system's reason. FailedPrecondition: another process has it.
  static absl::StatusOr<std::shared_ptr<const SpoolFolder>> Open(const std::string& path);
  ~SpoolFolder();
  SpoolFolder(const SpoolFolder&) = delete;
  SpoolFolder& operator=(const SpoolFolder&) = delete;

  const std::string& path() const { return path_; }
  const std::vector<std::string>& files() const { return files_; }

 private:
  SpoolFolder(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  const std::string path_;
  const int fd_;
  std::vector<std::string> files_;
};

// The requests of one target there, each a file whose name tells whose it is, its number and its
// samples. What a process leaves, the next one with this folder and target finds. One thread.
class WriteSpool {
 public:
  struct File {
    uint64_t number = 0;
    uint64_t samples = 0;
    uint64_t bytes = 0;
  };

  // At most `limit` bytes. `url`: the target's.
  WriteSpool(std::shared_ptr<const SpoolFolder> folder, const std::string& url, uint64_t limit);

  // Found at first, by number.
  const std::vector<File>& found() const { return found_; }

  // ResourceExhausted: there is no room, by the limit or on the disk. Nothing is left behind then.
  absl::Status Save(uint64_t number, const WriteRequest& request);
  // DataLoss: it is not whole.
  absl::StatusOr<WriteRequest> Load(const File& file) const;
  void Remove(const File& file);

  uint64_t bytes() const { return bytes_; }

 private:
  std::string PathOf(const File& file) const;

  const std::shared_ptr<const SpoolFolder> folder_;
  const std::string prefix_;
  const uint64_t limit_;
  std::vector<File> found_;
  uint64_t bytes_ = 0;
};

}  // namespace rcodescope
