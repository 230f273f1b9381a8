#include "exporters/epoch_writer.h"

#include <chrono>

namespace rcodescope {
namespace {

constexpr size_t kPages = 4;

int64_t NowMs() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

EpochWriter::EpochWriter(RemoteWrite& target, CommonLabels common, std::string version)
    : target_(target),
      requests_([this](WriteRequest request) { target_.Put(std::move(request)); }),
      series_(std::move(common), std::move(version), NowMs()),
      thread_([this] { Run(); }) {}

EpochWriter::~EpochWriter() { End(); }

void EpochWriter::Push(SnapshotPtr snapshot) {
  const std::lock_guard lock(mutex_);
  if (pages_.size() == kPages) {
    pages_.pop_front();
    ++skipped_;
  }
  pages_.emplace_back(std::move(snapshot), NowMs());
  changed_.notify_all();
}

void EpochWriter::End() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

uint64_t EpochWriter::skipped() const {
  const std::lock_guard lock(mutex_);
  return skipped_;
}

void EpochWriter::Run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_ || !pages_.empty(); });
    if (pages_.empty()) break;
    const Page page = std::move(pages_.front());
    pages_.pop_front();
    lock.unlock();
    series_.Add(page.first, page.second, requests_);
  }
  series_.End(requests_);
}

}  // namespace rcodescope
