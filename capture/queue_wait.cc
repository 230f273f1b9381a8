#include "capture/queue_wait.h"

#include <array>

#include <poll.h>

#include "capture/live.h"

namespace rcodescope {
namespace {

constexpr std::chrono::milliseconds kDrainWait{5};

}  // namespace

void WaitForFrames(int frames, const StopSignal& stop, int links) {
  const bool ending = stop.raised();
  std::array<pollfd, 3> waiting = {{{frames, POLLIN, 0},
                                    {ending ? -1 : stop.fd(), POLLIN, 0},
                                    {ending ? -1 : links, POLLIN, 0}}};
  const auto patience = ending ? kDrainWait : kIdleWait;
  poll(waiting.data(), waiting.size(), static_cast<int>(patience.count()));
}

}  // namespace rcodescope
