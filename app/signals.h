// SIGINT and SIGTERM as something one can wait for together with the end of the work.
#pragma once

#include <atomic>
#include <thread>

namespace rcodescope {

// To be made before any other thread, so that all threads leave these signals to the one in here;
// or Block is called there, and this made later.
// A second signal ends the process at once (status 128 + its number), whatever the other threads
// are stuck in: a report, say, that goes to a pipe which nobody reads.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // Keeps the signals back from now on, in this thread and those it makes, until there is someone
  // to take them.
  static void Block();

  enum class Event { kSignal, kDone, kTimeout };
  // Waits for a signal or for Done, at most `timeout_ms` (-1: for ever).
  Event Wait(int timeout_ms);

  // Any thread: lets Wait answer kDone.
  void Done();

 private:
  void Watch();

  int signal_fd_;
  int done_fd_;
  std::atomic<bool> closing_{false};
  std::thread watcher_;
};

}  // namespace rcodescope
