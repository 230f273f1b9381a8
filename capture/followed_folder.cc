#include "capture/followed_folder.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "capture/intake.h"
#include "capture/record_reader.h"

namespace rcodescope {
namespace {

constexpr size_t kHeadBytes = 1024;  // beyond the headers of a pcapng file, into its first packets
constexpr std::chrono::milliseconds kLongestWait{1000};
// However many files there are, looking takes a tenth of the time at most.
constexpr std::chrono::milliseconds kShortestPause{20};
constexpr int kPauseToLook = 9;

constexpr char kFolderGone[] = "the folder is gone";
constexpr char kDeleted[] = "was deleted before it was read";
constexpr char kOverwritten[] = "was overwritten before it was read";
constexpr char kGrewLate[] = "grew after another capture had come; what was appended is not read";

constexpr std::array<std::string_view, 4> kPackedEndings = {".gz", ".zst", ".xz", ".lz4"};

// The name of what was packed; empty when it is not named like a packed file.
std::string Unpacked(const std::string& name) {
  for (const std::string_view ending : kPackedEndings) {
    if (name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
  }
  return {};
}

std::vector<std::byte> HeadOf(int fd) {
  std::vector<std::byte> head(kHeadBytes);
  const ssize_t got = pread(fd, head.data(), head.size(), 0);
  head.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return head;
}

// Whether it still begins as it did, if with more behind that.
bool IsSame(const std::vector<std::byte>& before, const std::vector<std::byte>& now) {
  return before.size() <= now.size() && std::equal(before.begin(), before.end(), now.begin());
}

}  // namespace

absl::StatusOr<std::unique_ptr<FollowedFolder>> FollowedFolder::Open(FollowOptions options) {
  auto events = FolderEvents::Open(options.folder);
  if (!events.ok()) return events.status();
  return std::unique_ptr<FollowedFolder>(
      new FollowedFolder(std::move(options), *std::move(events)));
}

FollowedFolder::FollowedFolder(FollowOptions options, std::unique_ptr<FolderEvents> events)
    : options_(std::move(options)),
      events_(std::move(events)),
      stop_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

FollowedFolder::~FollowedFolder() { close(stop_fd_); }

void FollowedFolder::Stop() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(stop_fd_, &one, sizeof(one));
}

bool FollowedFolder::Stopped() const {
  pollfd stop = {stop_fd_, POLLIN, 0};
  return folder_gone_ || poll(&stop, 1, 0) > 0;
}

std::optional<FileFeed::File> FollowedFolder::Take() {
  for (;;) {
    const bool stopped = Stopped();
    LookIfDue(stopped);
    if (!gone_.empty()) {
      File file = std::move(gone_.front());
      gone_.erase(gone_.begin());
      return file;
    }
    if (Entry* const entry = Earliest()) {
      if (auto file = Begin(*entry)) return file;
      due_ = true;
    } else if (stopped && !due_) {
      return std::nullopt;
    }
    Wait();
  }
}

// Empty when another file has this name or this place by now, or none; looking tells which.
std::optional<FileFeed::File> FollowedFolder::Begin(Entry& entry) {
  const std::string path = PathOf(entry.name);
  const int fd = OpenFile(entry.name);
  if (fd < 0 && errno == ENOENT) return std::nullopt;
  if (fd < 0) {
    entry.ignored = true;
    entry.state = State::kRead;
    return File{path, absl::NotFoundError(std::strerror(errno))};
  }
  struct stat file {};
  const bool known = fstat(fd, &file) == 0;
  const auto at = entries_.find({file.st_dev, file.st_ino});
  if (!known || at == entries_.end() || &at->second != &entry || !IsSame(entry.head, HeadOf(fd))) {
    entry.version = {};
    close(fd);
    return std::nullopt;
  }
  entry.state = State::kReading;
  reading_ = &entry;
  auto input = StreamFile(fd, this);
  if (!input.ok()) Done(0);
  return File{path, std::move(input)};
}

void FollowedFolder::Done(uint64_t frames) {
  Entry& entry = *std::exchange(reading_, nullptr);
  entry.empty = frames == 0;
  entry.state = State::kRead;
  if (!std::exchange(entry.overwritten, false)) return;
  entry.state = State::kWaiting;
  entry.head.clear();
  entry.first = kNoTime;
}

Growth::Verdict FollowedFolder::Await(int fd, uint64_t position) {
  for (;;) {
    // Asked before the file is: what is appended comes before whatever shows its end.
    const bool stopped = Stopped();
    LookIfDue(stopped);
    const bool another = Waiting();
    struct stat file {};
    Head head = HeadOf(fd);
    if (fstat(fd, &file) != 0 || static_cast<uint64_t>(file.st_size) < position ||
        !IsSame(reading_->head, head)) {
      reading_->overwritten = true;
      return Verdict::kOverwritten;
    }
    reading_->head = std::move(head);
    reading_->version = VersionOf(file);
    if (static_cast<uint64_t>(file.st_size) > position) return Verdict::kGrown;
    if (another) return Verdict::kEnded;
    if (stopped) return Verdict::kStopped;
    Wait();
  }
}

void FollowedFolder::Wait() {
  if (options_.pauses) options_.pauses();
  const auto now = Clock::now();
  const auto pause = std::chrono::ceil<std::chrono::milliseconds>(next_look_ - now);
  const auto timeout =
      due_ ? std::clamp(pause, std::chrono::milliseconds{0}, kLongestWait) : kLongestWait;
  if (!events_->Wait(stop_fd_, static_cast<int>(timeout.count()))) due_ = true;
}

void FollowedFolder::LookIfDue(bool stopped) {
  for (const FolderEvents::Event& event : events_->Read()) Heed(event);
  if (due_ && (stopped || Clock::now() >= next_look_)) Look();
}

void FollowedFolder::Heed(const FolderEvents::Event& event) {
  using Kind = FolderEvents::Event::Kind;
  if (event.kind == Kind::kFolderWent) FolderGone();
  Entry* const moved = event.kind == Kind::kRenamed ? Find(event.from) : nullptr;
  if (moved != nullptr) {
    moved->name = event.name;
  } else if (event.kind == Kind::kCame || event.kind == Kind::kRenamed) {
    fresh_.erase(event.from);
    if (options_.is_capture(event.name)) fresh_.insert(event.name);
  } else if (event.kind == Kind::kWent && fresh_.erase(event.name) != 0 &&
             Find(event.name) == nullptr) {
    Lose(event.name, kDeleted);
  }
  const bool only_grows =
      event.kind == Kind::kChanged && reading_ != nullptr && event.name == reading_->name;
  due_ = due_ || !only_grows;
}

void FollowedFolder::FolderGone() {
  if (std::exchange(folder_gone_, true)) return;
  options_.lost(options_.folder, kFolderGone);
  gone_.push_back({options_.folder, absl::NotFoundError(kFolderGone)});
}

void FollowedFolder::Look() {
  due_ = false;
  const auto begun = Clock::now();
  for (auto& [inode, entry] : entries_) ++entry.missed;
  std::vector<std::string> names = ReadNames();
  // Entries have the names by now that files were packed under. Kept, since the inodes of what was
  // packed may be other files' already.
  for (const FolderEvents::Event& event : events_->Read()) Heed(event);
  read_.clear();
  for (const auto& [inode, entry] : entries_) {
    if (entry.state != State::kWaiting) read_.insert(entry.name);
  }
  for (const std::string& name : names) LookAt(name);
  Forget();
  const auto now = Clock::now();
  next_look_ = now + std::max<Clock::duration>(kShortestPause, kPauseToLook * (now - begun));
}

// Of the captures in the folder.
std::vector<std::string> FollowedFolder::ReadNames() {
  std::vector<std::string> names;
  DIR* const folder = opendir(options_.folder.c_str());
  // No event tells of it while a file that was in it is open.
  if (folder == nullptr && errno == ENOENT) FolderGone();
  while (const dirent* const found = folder == nullptr ? nullptr : readdir(folder)) {
    if (options_.is_capture(found->d_name)) names.emplace_back(found->d_name);
  }
  if (folder != nullptr) closedir(folder);
  return names;
}

void FollowedFolder::LookAt(const std::string& name) {
  struct stat file {};
  if (stat(PathOf(name).c_str(), &file) != 0 || !S_ISREG(file.st_mode)) return;
  const auto [at, added] = entries_.try_emplace({file.st_dev, file.st_ino});
  Entry& entry = at->second;
  const std::string before = std::exchange(entry.name, name);
  entry.missed = 0;
  fresh_.erase(name);
  if (entry.state == State::kReading || (!IsOther(entry, file) && !added)) return;
  if (!added && entry.state == State::kWaiting) {
    Lose(before, before == name ? kOverwritten : kDeleted);
  }
  entry.state = State::kWaiting;
  entry.first = kNoTime;
  entry.ignored = false;
  // While the other is to be read, and there, this is as if it were not.
  if (IsAnotherPacked(name, entry) && !entry.ignored) entries_.erase(at);
}

// Whether the file, a new one, has the packets of one that is, or was, there too. `entry` is its
// own; it takes the place of one that was to be read and is gone.
bool FollowedFolder::IsAnotherPacked(const std::string& name, Entry& entry) {
  const std::string plain_name = Unpacked(name);
  if (read_.contains(plain_name)) {
    entry.ignored = true;
    entry.state = State::kRead;
    return true;
  }
  Entry* const plain = plain_name.empty() ? nullptr : Find(plain_name);
  if (plain == nullptr) return false;
  if (access(PathOf(plain_name).c_str(), F_OK) == 0) return true;
  std::erase_if(entries_, [plain](const auto& one) { return &one.second == plain; });
  return false;
}

// Whether there is another file by now, with other contents, where the entry's was.
bool FollowedFolder::IsOther(Entry& entry, const struct stat& file) {
  const Version now = VersionOf(file);
  const int fd = now == entry.version ? -1 : OpenFile(entry.name);
  if (fd < 0) return false;
  Head head = HeadOf(fd);
  close(fd);
  const bool same = IsSame(entry.head, head);
  const bool grown = now.size > entry.version.size;
  entry.version = now;
  entry.head = std::move(head);
  if (same && grown && entry.state == State::kRead && !entry.ignored) HeedGrowth(entry);
  return !same;
}

// Of a file that has been read.
void FollowedFolder::HeedGrowth(Entry& entry) {
  if (entry.empty) {
    entry.state = State::kWaiting;
    return;
  }
  entry.ignored = true;
  options_.lost(PathOf(entry.name), kGrewLate);
}

// A look may miss a file that is renamed meanwhile, two do not.
void FollowedFolder::Forget() {
  for (auto at = entries_.begin(); at != entries_.end();) {
    const Entry& entry = at->second;
    const bool gone = entry.missed > 1 && entry.state != State::kReading;
    due_ = due_ || entry.missed == 1;
    if (gone && entry.state == State::kWaiting) Lose(entry.name, kDeleted);
    at = gone ? entries_.erase(at) : std::next(at);
  }
}

void FollowedFolder::Lose(const std::string& name, const char* why) {
  options_.lost(PathOf(name), why);
  gone_.push_back({PathOf(name), absl::NotFoundError(why)});
}

bool FollowedFolder::Waiting() const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [](const auto& one) { return one.second.state == State::kWaiting; });
}

FollowedFolder::Entry* FollowedFolder::Find(const std::string& name) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const auto& one) { return one.second.name == name; });
  return found == entries_.end() ? nullptr : &found->second;
}

// Of those that wait; those without a packet come last.
FollowedFolder::Entry* FollowedFolder::Earliest() {
  std::vector<Entry*> waiting;
  for (auto& [inode, entry] : entries_) {
    if (entry.state == State::kWaiting) waiting.push_back(&entry);
  }
  if (waiting.size() < 2) return waiting.empty() ? nullptr : waiting.front();
  for (Entry* entry : waiting) {
    if (entry->first == kNoTime) entry->first = FirstTime(entry->name);
  }
  return *std::min_element(waiting.begin(), waiting.end(), [](const Entry* a, const Entry* b) {
    const bool a_timed = a->first != kNoTime;
    const bool b_timed = b->first != kNoTime;
    if (a_timed != b_timed) return a_timed;
    return a->first != b->first ? a->first < b->first : a->name < b->name;
  });
}

int FollowedFolder::OpenFile(const std::string& name) const {
  return open(PathOf(name).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

Timestamp FollowedFolder::FirstTime(const std::string& name) const {
  const int fd = OpenFile(name);
  if (fd < 0) return kNoTime;
  const auto input = StreamFile(fd, nullptr);
  if (!input.ok()) return kNoTime;
  const auto reader = OpenRecords(**input);
  if (!reader.ok()) return kNoTime;
  Intake intake(/*slice=*/0, nullptr);
  PacketBatch batch;
  intake.Begin(batch);
  for (;;) {
    const RecordReader::Result result = (*reader)->Fill(**input, intake);
    if (!intake.empty()) return batch.packets[0].time;
    const bool more = result == RecordReader::Result::kMoreNeeded;
    if (!more || !(*input)->Refill((*reader)->needed())) return kNoTime;
  }
}

FollowedFolder::Version FollowedFolder::VersionOf(const struct stat& file) {
  return {file.st_size, {file.st_mtim.tv_sec * kNanosPerSecond + file.st_mtim.tv_nsec}};
}

}  // namespace rcodescope
