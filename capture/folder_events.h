// What happens in a folder, by inotify(7).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace rcodescope {

// Not thread-safe.
class FolderEvents {
 public:
  struct Event {
    enum class Kind : uint8_t {
      kCame,        // made, or moved here from elsewhere
      kRenamed,     // it was `from` in this folder
      kChanged,     // written to, or cut
      kWent,        // deleted, or moved elsewhere
      kMissed,      // so much happened that some of it is not known
      kFolderWent,  // the folder itself
    };
    Kind kind;
    std::string name{};
    std::string from{};
  };

  // NotFound: no such folder, or it may not be read. Unavailable: the system refuses to watch it.
  static absl::StatusOr<std::unique_ptr<FolderEvents>> Open(const std::string& folder);
  FolderEvents(const FolderEvents&) = delete;
  FolderEvents& operator=(const FolderEvents&) = delete;
  ~FolderEvents();

  // All since the last call.
  std::vector<Event> Read();

  // Waits for one, at most `timeout_ms`, and no longer than `stop_fd` is not readable. Whether
  // there is one.
  bool Wait(int stop_fd, int timeout_ms) const;

 private:
  explicit FolderEvents(int fd) : fd_(fd) {}
  void Add(uint32_t mask, uint32_t cookie, const std::string& name, std::vector<Event>& events);

  const int fd_;
  std::map<uint32_t, std::string> leaving_;  // moved away from here, by inotify's cookie
};

}  // namespace rcodescope
