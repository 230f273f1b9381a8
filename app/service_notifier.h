// Tells the service manager how the program fares, as sd_notify(3) has it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace rcodescope {

// READY, STOPPING and WATCHDOG to the socket that $NOTIFY_SOCKET names: a path, or @ and an
// abstract name of this network namespace; where it names none, nothing at all. libsystemd's
// sd_notify opens a socket at each call, which the sandbox refuses; here it is opened once, before
// there is one.
//
// Never blocks: what the manager has no room for is told at the next call of Alive. For one thread.
class ServiceNotifier {
 public:
  using Clock = std::chrono::steady_clock;

  // Reads $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID, and opens the socket.
  ServiceNotifier();
  ~ServiceNotifier();
  ServiceNotifier(const ServiceNotifier&) = delete;
  ServiceNotifier& operator=(const ServiceNotifier&) = delete;

  // Why the manager cannot be told what it asks for; empty when nothing is amiss.
  const std::string& problem() const { return problem_; }

  void Ready() { Tell("READY=1"); }
  void Stopping() { Tell("STOPPING=1"); }

  // To be called again and again while all is well, never more than LookMs apart. Tells so twice in
  // the time that the manager waits for it.
  void Alive();

  // `most`, or less where the watchdog is in a hurry. In milliseconds, at least 1.
  int LookMs(int most) const;

 private:
  void Open(const std::string& address);
  void ReadWatchdog();
  void Tell(std::string_view state);
  bool Send(std::string_view state);

  int fd_ = -1;
  std::string problem_;
  std::string_view untold_;               // a state that there was no room for
  std::chrono::microseconds watchdog_{};  // what the manager waits; 0: it does not
  Clock::time_point told_alive_ = Clock::now();
};

}  // namespace rcodescope
