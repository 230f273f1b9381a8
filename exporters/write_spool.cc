#include "exporters/write_spool.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rcodescope {
namespace {

constexpr mode_t kMode = 0600;  // names and addresses are in there
constexpr char kEnding[] = ".request";

absl::Status Failure(const std::string& path) { return absl::ErrnoToStatus(errno, path); }

// The same for a URL at all times: FNV-1a, 64 bits.
std::string PrefixOf(const std::string& url) {
  uint64_t hash = 0xcbf2'9ce4'8422'2325;
  for (const char c : url) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3;
  return absl::StrCat(absl::Hex(hash, absl::kZeroPad16), "-");
}

std::string NameOf(const WriteSpool::File& file) {
  return absl::StrCat(absl::Dec(file.number, absl::kZeroPad20), "-", file.samples, kEnding);
}

// What NameOf tells; `bytes` stays 0. False: no such name.
bool ReadName(std::string_view name, WriteSpool::File& file) {
  const size_t dash = name.find('-');
  if (dash == std::string_view::npos || !name.ends_with(kEnding)) return false;
  const std::string number(name.substr(0, dash));
  const std::string samples(name.substr(dash + 1, name.rfind(kEnding) - dash - 1));
  return absl::SimpleAtoi(number, &file.number) && absl::SimpleAtoi(samples, &file.samples) &&
         NameOf(file) == name;
}

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const SpoolFolder>> SpoolFolder::Open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Failure(path);
  std::shared_ptr<SpoolFolder> folder(new SpoolFolder(path, fd));
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    return errno == EWOULDBLOCK
               ? absl::FailedPreconditionError(path + ": in use by another process")
               : Failure(path);
  }
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    folder->files_.push_back(entry.path().filename().string());
  }
  if (error) return absl::ErrnoToStatus(error.value(), path);
  return folder;
}

SpoolFolder::~SpoolFolder() { ::close(fd_); }

WriteSpool::WriteSpool(std::shared_ptr<const SpoolFolder> folder, const std::string& url,
                       uint64_t limit)
    : folder_(std::move(folder)), prefix_(PrefixOf(url)), limit_(limit) {
  for (const std::string& name : folder_->files()) {
    File file;
    if (!name.starts_with(prefix_) ||
        !ReadName(std::string_view(name).substr(prefix_.size()), file)) {
      continue;
    }
    struct stat status {};
    if (::stat(PathOf(file).c_str(), &status) != 0) continue;
    file.bytes = static_cast<uint64_t>(status.st_size);
    bytes_ += file.bytes;
    found_.push_back(file);
  }
  std::sort(found_.begin(), found_.end(),
            [](const File& a, const File& b) { return a.number < b.number; });
}

std::string WriteSpool::PathOf(const File& file) const {
  return folder_->path() + "/" + prefix_ + NameOf(file);
}

absl::Status WriteSpool::Save(uint64_t number, const WriteRequest& request) {
  if (bytes_ + request.body.size() > limit_) return absl::ResourceExhaustedError("the limit");
  const std::string path = PathOf({.number = number, .samples = request.samples});
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode);
  if (fd < 0) return Failure(path);
  const bool written = WriteAll(fd, request.body);
  const int error = errno;
  const bool closed = ::close(fd) == 0;
  if (!written || !closed) {
    if (!written) errno = error;
    absl::Status failure = Failure(path);
    ::unlink(path.c_str());
    return failure;
  }
  bytes_ += request.body.size();
  return absl::OkStatus();
}

absl::StatusOr<WriteRequest> WriteSpool::Load(const File& file) const {
  const std::string path = PathOf(file);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Failure(path);
  WriteRequest request{std::string(file.bytes, '\0'), file.samples};
  const ssize_t count = ::read(fd, request.body.data(), request.body.size());
  ::close(fd);
  if (count != static_cast<ssize_t>(file.bytes) || !IsWholeRequest(request.body)) {
    return absl::DataLossError(path + ": cut short");
  }
  return request;
}

void WriteSpool::Remove(const File& file) {
  ::unlink(PathOf(file).c_str());
  bytes_ -= file.bytes;
}

}  // namespace rcodescope
