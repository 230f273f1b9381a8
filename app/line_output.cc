#include "app/line_output.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace rcodescope {
namespace {

constexpr size_t kLongestLine = 8 * 1024;  // three names of up to 1,000 characters, and the rest

absl::Status Refused(const std::string& path, int error) {
  return absl::UnavailableError(
      absl::StrCat(path == "-" ? "standard output" : path, ": ", std::strerror(error)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<LineOutput>> LineOutput::Open(const std::string& path,
                                                             size_t workers, bool waits) {
  const int fd = path == "-" ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                             : open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return Refused(path, errno);
  return std::unique_ptr<LineOutput>(new LineOutput(path, fd, workers, waits));
}

LineOutput::LineOutput(std::string path, int fd, size_t workers, bool waits)
    : path_(std::move(path)), fd_(fd), waits_(waits) {
  for (size_t i = 0; i < workers; ++i) {
    lanes_.push_back(std::make_unique<Lane>());
    for (std::string& chunk : lanes_.back()->chunks) {
      chunk.reserve(kChunkBytes + kLongestLine);
      lanes_.back()->empty.Push(&chunk);
    }
  }
}

void LineOutput::Start() {
  thread_ = std::thread([this] { Run(); });
}

LineOutput::~LineOutput() { Close().IgnoreError(); }

std::string* LineOutput::Room(size_t worker) {
  Lane& lane = *lanes_[worker];
  if (lane.open != nullptr) return lane.open;
  if (!waits_ && lane.empty.Front() == nullptr) return nullptr;
  return lane.open = lane.empty.Pop();
}

void LineOutput::Appended(size_t worker) {
  Lane& lane = *lanes_[worker];
  if (lane.open == nullptr || lane.open->empty()) return;
  // Live, a reader is not kept waiting for a chunk to fill up; but a slow one gets full chunks.
  const bool writer_idle = !waits_ && lane.full.Front() == nullptr;
  if (lane.open->size() >= kChunkBytes || writer_idle) PassOn(worker);
}

void LineOutput::PassOn(size_t worker) {
  Lane& lane = *lanes_[worker];
  if (lane.open == nullptr || lane.open->empty()) return;
  lane.full.Push(lane.open);  // never waits: there is room for every chunk
  lane.open = nullptr;
  bell_.Ring();
}

absl::Status LineOutput::Close() {
  if (thread_.joinable()) {
    for (const auto& lane : lanes_) {
      if (lane->open != nullptr) lane->full.Push(lane->open);
    }
    ended_.store(true);
    bell_.Ring();
    thread_.join();
  }
  if (fd_ >= 0 && close(std::exchange(fd_, -1)) != 0 && error_ == 0) error_ = errno;
  return error_ == 0 ? absl::OkStatus() : Refused(path_, error_);
}

void LineOutput::Run() {
  for (;;) {
    const uint32_t heard = bell_.Heard();
    const bool ended = ended_.load();
    bool any = false;
    for (const auto& lane : lanes_) {
      while (const auto chunk = lane->full.TryPop()) {
        Write(**chunk);
        (*chunk)->clear();
        lane->empty.Push(*chunk);
        any = true;
      }
    }
    if (any) continue;
    if (ended) return;
    bell_.Wait(heard);
  }
}

void LineOutput::Write(const std::string& chunk) {
  for (size_t at = 0; at < chunk.size() && error_ == 0;) {
    const ssize_t written = write(fd_, chunk.data() + at, chunk.size() - at);
    if (written >= 0) {
      at += static_cast<size_t>(written);
    } else if (errno != EINTR) {
      error_ = errno;
      failed_.store(true, std::memory_order_relaxed);
    }
  }
}

}  // namespace rcodescope
