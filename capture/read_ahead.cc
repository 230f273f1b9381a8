#include "capture/read_ahead.h"

#include <algorithm>
#include <utility>

namespace rcodescope {

ReadAhead::ReadAhead(FileStream& file, std::unique_ptr<ByteStream> source)
    : source_(std::move(source)) {
  file.StopBy(stop_.fd());
  has_thread_ = stop_.fd() >= 0 && pthread_create(&thread_, nullptr, RunThread, this) == 0;
}

ReadAhead::~ReadAhead() {
  if (!has_thread_) return;
  {
    const std::lock_guard lock(mutex_);
    leaving_ = true;
  }
  moved_.notify_all();
  stop_.Raise();
  pthread_join(thread_, nullptr);
}

void* ReadAhead::RunThread(void* self) {
  static_cast<ReadAhead*>(self)->Run();
  return nullptr;
}

void ReadAhead::Run() {
  while (Block* const block = AwaitEmpty()) {
    block->size = source_->Read({block->bytes.get(), kBlock});
    const std::lock_guard lock(mutex_);
    ended_ = block->size == 0;
    if (!ended_) ++filled_;
    moved_.notify_all();
    if (ended_) return;
  }
}

// Null when nobody wants one.
ReadAhead::Block* ReadAhead::AwaitEmpty() {
  std::unique_lock lock(mutex_);
  moved_.wait(lock, [this] { return leaving_ || filled_ - emptied_ < kBlocks; });
  return leaving_ ? nullptr : &blocks_[filled_ % kBlocks];
}

// Null behind the last one.
ReadAhead::Block* ReadAhead::AwaitFull() {
  std::unique_lock lock(mutex_);
  moved_.wait(lock, [this] { return ended_ || filled_ != emptied_; });
  return filled_ == emptied_ ? nullptr : &blocks_[emptied_ % kBlocks];
}

size_t ReadAhead::Read(std::span<std::byte> to) {
  const size_t count = has_thread_ ? Take(to) : source_->Read(to);
  if (count == 0) {  // the source is ours now
    stopped_ = source_->stopped();
    status_ = source_->status();
  }
  return count;
}

size_t ReadAhead::Take(std::span<std::byte> to) {
  const Block* const block = AwaitFull();
  if (block == nullptr) return 0;
  const size_t count = std::min(to.size(), block->size - taken_);
  std::copy_n(block->bytes.get() + taken_, count, to.begin());
  taken_ += count;
  if (taken_ == block->size) {
    taken_ = 0;
    const std::lock_guard lock(mutex_);
    ++emptied_;
    moved_.notify_all();
  }
  return count;
}

}  // namespace rcodescope
