#include "app/signals.h"

#include <csignal>
#include <cstdint>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace rcodescope {
namespace {

sigset_t WatchedSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

void Notify(int event_fd) {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(event_fd, &one, sizeof(one));
}

void Forget(int event_fd) {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = read(event_fd, &count, sizeof(count));
}

}  // namespace

Signals::Signals() : signal_fd_(eventfd(0, EFD_CLOEXEC)), done_fd_(eventfd(0, EFD_CLOEXEC)) {
  Block();
  signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of write(2), told like others
  watcher_ = std::thread([this] { Watch(); });
}

void Signals::Block() {
  const sigset_t set = WatchedSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Signals::~Signals() {
  closing_.store(true);
  pthread_kill(watcher_.native_handle(), SIGTERM);
  watcher_.join();
  close(signal_fd_);
  close(done_fd_);
}

void Signals::Watch() {
  const sigset_t set = WatchedSignals();
  for (bool signalled = false;; signalled = true) {
    int number = 0;
    sigwait(&set, &number);
    if (closing_.load()) return;
    if (signalled) _exit(128 + number);
    Notify(signal_fd_);
  }
}

Signals::Event Signals::Wait(int timeout_ms) {
  pollfd waits[] = {{signal_fd_, POLLIN, 0}, {done_fd_, POLLIN, 0}};
  if (poll(waits, 2, timeout_ms) <= 0) return Event::kTimeout;
  const bool signalled = (waits[0].revents & POLLIN) != 0;
  Forget(signalled ? signal_fd_ : done_fd_);
  return signalled ? Event::kSignal : Event::kDone;
}

void Signals::Done() { Notify(done_fd_); }

}  // namespace rcodescope
