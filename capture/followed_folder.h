// A folder into which somebody captures, file by file: tcpdump -G, -C and -W, dumpcap -b.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include "absl/status/statusor.h"
#include "capture/byte_input.h"
#include "capture/file_feed.h"
#include "capture/folder_events.h"
#include "capture/packet.h"

namespace rcodescope {

struct FollowOptions {
  std::string folder;
  std::function<bool(const std::string& name)> is_capture;  // by its name in the folder
  // Called before something is waited for, on the thread that polls; may be empty.
  std::function<void()> pauses;
  // Tells of captures, or parts of them, that are never read, as soon as it is known, on the thread
  // that polls.
  std::function<void(const std::string& path, const std::string& why)> lost;
};

// Gives the captures that are there in order of their first packets' times, then those that come.
// One is read until another is there, which shows that it is whole; until then its growth is waited
// for, and the rest of a record that is half written. So there may be one writer only. Told to
// stop, what is there is read, and the half record at its end is no damage.
//
// A file is known by its inode and its first bytes: renamed it is the same, and written anew in its
// place (a ring of names, tcpdump -W) it is another. What is packed from a file that was read, by
// its name with .gz, .zst, .xz or .lz4 behind it, is that file. Captures that are deleted or
// overwritten before they were read are given as files that are gone.
//
// inotify tells what happens; where it does not (network file systems), a look each second does.
// Not thread-safe, but for Stop.
class FollowedFolder final : public FileFeed, public Growth {
 public:
  // As FolderEvents::Open has it.
  static absl::StatusOr<std::unique_ptr<FollowedFolder>> Open(FollowOptions options);
  FollowedFolder(const FollowedFolder&) = delete;
  FollowedFolder& operator=(const FollowedFolder&) = delete;
  ~FollowedFolder() override;

  std::optional<File> Take() override;
  void Done(uint64_t frames) override;
  void Stop() override;

  Verdict Await(int fd, uint64_t position) override;

 private:
  using Clock = std::chrono::steady_clock;
  using Inode = std::pair<dev_t, ino_t>;
  using Head = std::vector<std::byte>;

  enum class State : uint8_t { kWaiting, kReading, kRead };
  struct Version {
    int64_t size = 0;
    Timestamp modified;
    bool operator==(const Version&) const = default;
  };
  struct Entry {
    std::string name;
    State state = State::kWaiting;
    Version version;            // when it was looked at last
    Head head;                  // the first bytes, as many as were there
    Timestamp first = kNoTime;  // its first packet's, once known
    bool empty = false;         // no frame was read from it
    bool overwritten = false;   // while it was read
    bool ignored = false;       // whatever becomes of it
    int missed = 0;             // how many looks did not find it
  };

  FollowedFolder(FollowOptions options, std::unique_ptr<FolderEvents> events);

  void LookIfDue(bool stopped);
  void Heed(const FolderEvents::Event& event);
  void FolderGone();
  void Look();
  std::vector<std::string> ReadNames();
  void LookAt(const std::string& name);
  bool IsOther(Entry& entry, const struct stat& file);
  void HeedGrowth(Entry& entry);
  bool IsAnotherPacked(const std::string& name, Entry& entry);
  void Forget();
  void Wait();
  bool Stopped() const;
  bool Waiting() const;
  Entry* Find(const std::string& name);
  Entry* Earliest();
  std::optional<File> Begin(Entry& entry);
  int OpenFile(const std::string& name) const;
  Timestamp FirstTime(const std::string& name) const;
  static Version VersionOf(const struct stat& file);
  void Lose(const std::string& name, const char* why);
  std::string PathOf(const std::string& name) const { return options_.folder + "/" + name; }

  const FollowOptions options_;
  const std::unique_ptr<FolderEvents> events_;
  const int stop_fd_;
  std::map<Inode, Entry> entries_;
  Entry* reading_ = nullptr;
  std::vector<File> gone_;       // still to be given
  std::set<std::string> fresh_;  // names that came and were not looked at yet
  std::set<std::string> read_;   // names of what had been read, or begun, before this look
  bool due_ = true;              // something has happened since the last look
  bool folder_gone_ = false;
  Clock::time_point next_look_;  // not before
};

}  // namespace rcodescope
