#include "capture/folder_events.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace rcodescope {
namespace {

constexpr uint32_t kWatched = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_MODIFY |
                              IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

}  // namespace

absl::StatusOr<std::unique_ptr<FolderEvents>> FolderEvents::Open(const std::string& folder) {
  const int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (fd >= 0 && inotify_add_watch(fd, folder.c_str(), kWatched) >= 0) {
    return std::unique_ptr<FolderEvents>(new FolderEvents(fd));
  }
  const int error = errno;
  if (fd >= 0) close(fd);
  const std::string text = absl::StrCat(folder, ": ", std::strerror(error));
  const bool absent = error == ENOENT || error == ENOTDIR || error == EACCES;
  return absent ? absl::NotFoundError(text) : absl::UnavailableError(text);
}

FolderEvents::~FolderEvents() { close(fd_); }

std::vector<FolderEvents::Event> FolderEvents::Read() {
  std::vector<Event> events;
  alignas(inotify_event) std::array<char, 16 * 1024> buffer;
  for (;;) {
    const ssize_t got = read(fd_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    for (size_t at = 0; at < static_cast<size_t>(got);) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof(event));
      const char* const name = buffer.data() + at + sizeof(event);
      Add(event.mask, event.cookie, event.len == 0 ? "" : name, events);
      at += sizeof(event) + event.len;
    }
  }
  // The two halves of a renaming come together.
  for (auto& [cookie, name] : leaving_) events.push_back({Event::Kind::kWent, std::move(name)});
  leaving_.clear();
  return events;
}

void FolderEvents::Add(uint32_t mask, uint32_t cookie, const std::string& name,
                       std::vector<Event>& events) {
  using Kind = Event::Kind;
  if ((mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0) {
    events.push_back({Kind::kFolderWent});
  } else if ((mask & IN_Q_OVERFLOW) != 0) {
    events.push_back({Kind::kMissed});
  } else if ((mask & IN_MOVED_FROM) != 0) {
    leaving_[cookie] = name;
  } else if (const auto from = leaving_.find(cookie);
             (mask & IN_MOVED_TO) != 0 && from != leaving_.end()) {
    events.push_back({Kind::kRenamed, name, std::move(from->second)});
    leaving_.erase(from);
  } else if ((mask & (IN_CREATE | IN_MOVED_TO)) != 0) {
    events.push_back({Kind::kCame, name});
  } else if ((mask & IN_DELETE) != 0) {
    events.push_back({Kind::kWent, name});
  } else if ((mask & IN_MODIFY) != 0) {
    events.push_back({Kind::kChanged, name});
  }
}

bool FolderEvents::Wait(int stop_fd, int timeout_ms) const {
  pollfd waits[] = {{fd_, POLLIN, 0}, {stop_fd, POLLIN, 0}};
  return poll(waits, 2, timeout_ms) > 0 && (waits[0].revents & POLLIN) != 0;
}

}  // namespace rcodescope
