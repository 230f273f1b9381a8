// How one thread tells others, which may wait in poll(2), that it is time to end.
#pragma once

#include <atomic>
#include <chrono>

#include <sys/eventfd.h>
#include <unistd.h>

namespace rcodescope {

class StopSignal {
 public:
  using Clock = std::chrono::steady_clock;

  StopSignal() : fd_(eventfd(0, EFD_CLOEXEC)) {}
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  ~StopSignal() {
    if (fd_ >= 0) close(fd_);
  }

  // Any thread, any number of times; the first one counts.
  void Raise() {
    Clock::rep none = 0;
    since_.compare_exchange_strong(none, Clock::now().time_since_epoch().count());
    const uint64_t one = 1;
    // Cannot fail: the eventfd would have to be raised 2^64 times.
    [[maybe_unused]] const ssize_t written = write(fd_, &one, sizeof(one));
  }
  bool raised() const { return since_.load(std::memory_order_acquire) != 0; }
  // How long ago; only once raised.
  Clock::duration age() const {
    return Clock::now().time_since_epoch() - Clock::duration(since_.load());
  }
  // Readable from then on; -1 when the system had none.
  int fd() const { return fd_; }

 private:
  int fd_;
  std::atomic<Clock::rep> since_{0};
};

}  // namespace rcodescope
