#include "exporters/write_queue.h"

#include <utility>

namespace rcodescope {

WriteQueue::WriteQueue(const std::string& url, uint64_t memory, std::optional<WriteSpool> spool)
    : memory_limit_(memory), spool_(std::move(spool)) {
  counts_.url = url;
  if (!spool_.has_value()) return;
  for (const WriteSpool::File& file : spool_->found()) {
    entries_.push_back({file.number, file.samples, file.bytes, nullptr});
    counts_.samples_in += file.samples;
    counts_.pending += file.samples;
    next_number_ = file.number + 1;
  }
  counts_.spool_bytes = spool_->bytes();
}

template <typename Change>
void WriteQueue::Count(const Change& change) {
  const std::lock_guard lock(counts_mutex_);
  change(counts_);
  if (spool_.has_value()) counts_.spool_bytes = spool_->bytes();
}

void WriteQueue::Put(const WriteRequestPtr& request) {
  const std::lock_guard lock(mutex_);
  PutLocked(request);
}

void WriteQueue::PutOrWait(const WriteRequestPtr& request) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    return stopped_ || entries_.empty() || memory_ + request->body.size() <= memory_limit_;
  });
  PutLocked(request);
}

void WriteQueue::PutLocked(const WriteRequestPtr& request) {
  Entry entry{next_number_++, request->samples, request->body.size(), nullptr};
  Count([&](RemoteWriteCounts& counts) {
    counts.samples_in += entry.samples;
    counts.pending += entry.samples;
  });
  while (!Place(entry, request)) {
    if (DropOldest()) continue;
    Lose(&RemoteWriteCounts::no_room, entry.samples);
    return;
  }
  changed_.notify_all();
}

// False when there is no room. Otherwise it is dealt with, and counted where that is a loss.
bool WriteQueue::Place(Entry& entry, const WriteRequestPtr& request) {
  if (memory_ + entry.bytes <= memory_limit_) {
    entry.request = request;
    memory_ += entry.bytes;
    entries_.push_back(entry);
    return true;
  }
  if (!spool_.has_value()) return false;
  return ToSpool(entry, request);
}

// The same.
bool WriteQueue::ToSpool(Entry& entry, const WriteRequestPtr& request) {
  const absl::Status saved = spool_->Save(entry.number, *request);
  if (absl::IsResourceExhausted(saved)) return false;
  if (saved.ok()) {
    entries_.push_back(entry);
    Count([](RemoteWriteCounts&) {});
  } else {
    Lose(&RemoteWriteCounts::spool_failed, entry.samples);
  }
  return true;
}

bool WriteQueue::DropOldest() {
  const size_t place = first_is_out_ ? 1 : 0;
  if (entries_.size() <= place) return false;
  const Entry entry = entries_[place];
  entries_.erase(entries_.begin() + static_cast<ptrdiff_t>(place));
  Release(entry);
  Lose(&RemoteWriteCounts::no_room, entry.samples);
  return true;
}

void WriteQueue::Lose(Counter why, uint64_t samples) {
  Count([&](RemoteWriteCounts& counts) {
    counts.*why += samples;
    counts.pending -= samples;
  });
}

// What it took up is free again.
void WriteQueue::Release(const Entry& entry) {
  if (entry.request != nullptr) {
    memory_ -= entry.bytes;
  } else {
    spool_->Remove(FileOf(entry));
  }
}

void WriteQueue::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

WriteRequestPtr WriteQueue::First() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopped_ || closed_ || !entries_.empty(); });
    if (stopped_ || entries_.empty()) return nullptr;
    const Entry& entry = entries_.front();
    first_is_out_ = true;
    if (entry.request != nullptr) return entry.request;
    absl::StatusOr<WriteRequest> loaded = spool_->Load(FileOf(entry));
    if (loaded.ok()) return std::make_shared<const WriteRequest>(*std::move(loaded));
    Finish(&RemoteWriteCounts::spool_failed);
  }
}

// The first goes; under the lock.
void WriteQueue::Finish(Counter how) {
  const Entry entry = entries_.front();
  entries_.pop_front();
  first_is_out_ = false;
  Release(entry);
  Lose(how, entry.samples);
  changed_.notify_all();
}

void WriteQueue::Sent(double now_seconds) {
  const std::lock_guard lock(mutex_);
  Finish(&RemoteWriteCounts::sent);
  Count([&](RemoteWriteCounts& counts) { counts.last_success_seconds = now_seconds; });
}

void WriteQueue::Rejected() {
  const std::lock_guard lock(mutex_);
  Finish(&RemoteWriteCounts::rejected);
}

void WriteQueue::Retried() {
  const std::lock_guard lock(mutex_);
  Count([&](RemoteWriteCounts& counts) { counts.retried += entries_.front().samples; });
}

void WriteQueue::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

void WriteQueue::Settle() {
  const std::lock_guard lock(mutex_);
  first_is_out_ = false;
  std::deque<Entry> left = std::exchange(entries_, {});
  for (Entry& entry : left) {
    const WriteRequestPtr request = std::exchange(entry.request, nullptr);
    if (request == nullptr) {
      entries_.push_back(entry);
    } else if (!spool_.has_value() || !ToSpool(entry, request)) {
      Lose(&RemoteWriteCounts::at_end, entry.samples);
    }
  }
  memory_ = 0;
}

RemoteWriteCounts WriteQueue::counts() const {
  const std::lock_guard lock(counts_mutex_);
  return counts_;
}

}  // namespace rcodescope
