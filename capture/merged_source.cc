#include "capture/merged_source.h"

#include <algorithm>
#include <string>
#include <utility>

namespace rcodescope {

// One file, and the frame that comes next in it.
class MergedSource::Lane {
 public:
  Lane(size_t file, const std::string& path, bool resync)
      : file_(file),
        source_({.paths = {path},
                 .slice = 0,
                 .filter = nullptr,
                 .resync = resync,
                 .read_ahead = false}) {}

  size_t file() const { return file_; }
  // Not while hungry.
  const Packet& head() const { return *head_; }
  // Whether the file must be read to know what comes next; Refill is due.
  bool hungry() const { return hungry_; }
  FileSource& source() { return source_; }
  const FileSource& source() const { return source_; }

  bool EarlierThan(const Lane& other) const {
    return key_ != other.key_ ? key_ < other.key_ : file_ < other.file_;
  }

  void Advance() {
    if (!std::exchange(holds_, false)) ++next_;
    hungry_ = !Look();
  }

  // Reads on; what was given out before becomes invalid. False at the end.
  bool Refill() {
    do {
      if (next_ < batch_.size) {
        Hold();
      } else if (!Read()) {
        return false;
      }
    } while (!holds_ && !Look());
    hungry_ = false;
    return true;
  }

  // What the file's reader has counted since the last time.
  void MoveAnomalies(std::array<uint64_t, kRecordAnomalies>& to) {
    const auto& counts = source_.Stats().anomalies;
    for (size_t i = 0; i < kRecordAnomalies; ++i) {
      to[i] += counts[i] - std::exchange(counted_[i], counts[i]);
    }
  }

 private:
  bool Read() {
    next_ = 0;
    return source_.Poll(batch_) == PollResult::kPackets;
  }

  bool FarAhead(Timestamp time) const {
    return time != kNoTime && clock_ != kNoTime && time > clock_ &&
           time.ns - clock_.ns > Intake::kLargestJump;
  }

  // Places the head. False when there is none, or only the frame behind it can tell whether its
  // time is to be believed.
  bool Look() {
    if (next_ == batch_.size) return false;
    head_ = &batch_.packets[next_];
    if (!FarAhead(head_->time)) {
      key_ = clock_ = std::max(clock_, head_->time);
      return true;
    }
    if (next_ + 1 == batch_.size) return false;
    Believe(FarAhead(batch_.packets[next_ + 1].time));
    return true;
  }

  // Keeps the head, which is the last of its batch, and reads the next batch.
  void Hold() {
    bytes_.assign(head_->data, head_->data + head_->captured);
    held_ = *head_;
    held_.data = bytes_.data();
    head_ = &held_;
    holds_ = true;
    Believe(!Read() || FarAhead(batch_.packets[0].time));
  }

  void Believe(bool believed) {
    if (believed) clock_ = head_->time;
    key_ = clock_;
  }

  const size_t file_;
  FileSource source_;
  PacketBatch batch_;
  size_t next_ = 0;  // in batch_: the head, or what follows it when it is held
  const Packet* head_ = nullptr;
  Timestamp key_;              // where the head belongs
  Timestamp clock_ = kNoTime;  // the largest believed time so far
  bool hungry_ = true;
  bool holds_ = false;
  Packet held_;
  std::vector<std::byte> bytes_;  // of held_
  std::array<uint64_t, kRecordAnomalies> counted_{};
};

MergedSource::MergedSource(FileSourceOptions options)
    : filter_(std::move(options.filter)), intake_(options.slice, filter_.get()) {
  for (const std::string& path : options.paths) {
    lanes_.push_back(std::make_unique<Lane>(files_.size(), path, options.resync));
    files_.push_back({.name = path});
  }
}

MergedSource::~MergedSource() = default;

void MergedSource::Stop() {
  for (const auto& lane : lanes_) lane->source().Stop();
}

PollResult MergedSource::Poll(PacketBatch& batch) {
  intake_.Begin(batch);
  if (!std::exchange(begun_, true)) Begin();
  while (current_ != nullptr) {
    if (current_->hungry()) {
      if (!intake_.empty()) break;
      if (Refill(*current_)) {
        GoOnWithEarliest();
      } else {
        current_ = Pop();
      }
      continue;
    }
    if (intake_.full()) {
      if (!intake_.empty()) break;
      intake_.Begin(batch);  // nothing but filtered frames
    }
    if (!Offer(*current_, batch)) break;
    current_->Advance();
    if (!current_->hungry()) GoOnWithEarliest();
  }
  packets_.store(intake_.stats().seen, std::memory_order_relaxed);
  if (current_ != nullptr) file_.store(current_->file(), std::memory_order_relaxed);
  return intake_.empty() ? PollResult::kEnd : PollResult::kPackets;
}

void MergedSource::Begin() {
  for (const auto& lane : lanes_) {
    if (Refill(*lane)) Push(lane.get());
  }
  current_ = Pop();
}

// False at the end of the lane's file.
bool MergedSource::Refill(Lane& lane) {
  const bool more = lane.Refill();
  lane.MoveAnomalies(intake_.stats().anomalies);
  if (more) return true;
  InputFile& file = files_[lane.file()];
  const InputFile& read = lane.source().files().front();
  file.skipped = read.skipped;
  file.error = read.error;
  file.message = read.message;
  return false;
}

// False when the head belongs to the next batch.
bool MergedSource::Offer(Lane& lane, PacketBatch& batch) {
  const uint64_t seen = intake_.stats().seen;
  if (intake_.Offer(lane.head()) == Intake::Verdict::kNextBatch) return false;
  if (intake_.stats().seen == seen) return true;  // filtered
  origins_[batch.size - 1] = {lane.file(), lane.head().frame};
  ++files_[lane.file()].packets;
  files_[lane.file()].bytes += lane.head().wire;
  return true;
}

// Puts the current lane back where another is earlier now.
void MergedSource::GoOnWithEarliest() {
  if (queue_.empty() || current_->EarlierThan(*queue_.front())) return;
  Push(current_);
  current_ = Pop();
}

void MergedSource::Push(Lane* lane) {
  queue_.push_back(lane);
  std::push_heap(queue_.begin(), queue_.end(), Later);
}

MergedSource::Lane* MergedSource::Pop() {
  if (queue_.empty()) return nullptr;
  std::pop_heap(queue_.begin(), queue_.end(), Later);
  Lane* const earliest = queue_.back();
  queue_.pop_back();
  return earliest;
}

bool MergedSource::Later(const Lane* a, const Lane* b) { return b->EarlierThan(*a); }

ReplayProgress MergedSource::progress() const {
  ReplayProgress sum{.packets = packets_.load(std::memory_order_relaxed),
                     .file = file_.load(std::memory_order_relaxed)};
  bool known = true;
  for (const auto& lane : lanes_) {
    const ReplayProgress one = lane->source().progress();
    sum.bytes_read += one.bytes_read;
    sum.bytes_total += one.bytes_total;
    known = known && one.bytes_total != 0;
  }
  if (!known) sum.bytes_total = 0;
  return sum;
}

}  // namespace rcodescope
