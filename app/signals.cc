#include "app/signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>

namespace rcodescope {

Signals::Signals() : done_fd_(eventfd(0, EFD_CLOEXEC)) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal_fd_ = signalfd(-1, &set, SFD_CLOEXEC);
  signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of write(2), told like others
}

Signals::~Signals() {
  close(signal_fd_);
  close(done_fd_);
}

Signals::Event Signals::Wait(int timeout_ms) {
  pollfd waits[] = {{signal_fd_, POLLIN, 0}, {done_fd_, POLLIN, 0}};
  if (poll(waits, 2, timeout_ms) <= 0) return Event::kTimeout;
  if ((waits[0].revents & POLLIN) != 0) {
    signalfd_siginfo info{};
    if (read(signal_fd_, &info, sizeof(info)) == sizeof(info) && signalled_) {
      _exit(128 + static_cast<int>(info.ssi_signo));
    }
    signalled_ = true;
    return Event::kSignal;
  }
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = read(done_fd_, &count, sizeof(count));
  return Event::kDone;
}

void Signals::Done() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(done_fd_, &one, sizeof(one));
}

}  // namespace rcodescope
