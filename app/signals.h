// SIGINT and SIGTERM as something one can wait for together with the end of the work.
#pragma once

#include <atomic>

namespace rcodescope {

// To be made before any other thread, so that all threads leave these signals to this one. A
// second signal ends the process at once (status 128 + its number).
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  enum class Event { kSignal, kDone, kTimeout };
  // Waits for a signal or for Done, at most `timeout_ms` (-1: for ever).
  Event Wait(int timeout_ms);

  // Any thread: lets Wait answer kDone.
  void Done();

 private:
  int signal_fd_;
  int done_fd_;
  bool signalled_ = false;
};

}  // namespace rcodescope
