// What all live inputs have in common: one queue a worker, a state that is watched, and an end that
// loses nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "capture/source.h"

namespace rcodescope {

// A live queue's Poll waits no longer than this when nothing comes, and then answers with an empty
// batch and the clock of now.
inline constexpr std::chrono::milliseconds kIdleWait{50};

// One interface or port, as it is now.
struct InterfaceStatus {
  std::string name;
  bool up = true;                  // link, and there at all
  uint64_t gaps = 0;               // times it was down or gone while we listened
  std::chrono::nanoseconds gap{};  // of all gaps that have ended, together
  std::string ended;               // why no frame will come from it any more; empty while some may
};

// Opened by a function of each kind of capture, which answers with a status that names what is
// wrong: NotFound (no such interface), PermissionDenied, InvalidArgument (a filter, an option),
// Unavailable (the system refused).
class LiveCapture {
 public:
  virtual ~LiveCapture() = default;

  // One a worker; each is polled by one thread. Their frames are those of all interfaces.
  virtual size_t queues() const = 0;
  virtual PacketSource& queue(size_t index) = 0;

  // Any thread: no frame that comes from now on is taken; what came before is still given out, and
  // then every queue's Poll answers kEnd, with figures that are final. Idle queues end within
  // 200 ms, others within 500 ms of being polled.
  virtual void Stop() = 0;

  // Any thread.
  virtual std::vector<InterfaceStatus> interfaces() const = 0;
};

}  // namespace rcodescope
