// Times of live queues, and the clock of one to which nothing comes.
#pragma once

#include <chrono>
#include <ctime>

#include "capture/packet.h"

namespace rcodescope {

// The kernel hands over a block of frames that is not full no later than twice this after its first
// frame (TPACKET_V3, libpcap's time-out).
inline constexpr std::chrono::milliseconds kBlockRetire{20};
// So much after its time stamp a frame can be had, unless others before it wait, too.
inline constexpr std::chrono::milliseconds kSettled =
    2 * kBlockRetire + std::chrono::milliseconds(10);

// Between readings of the kernel's figures while frames come.
inline constexpr std::chrono::milliseconds kRefreshEvery{100};

// The time of which all frames can be had: an idle queue's clock, which must not overtake frames in
// a block that is not full.
inline Timestamp SettledClock() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return {now.tv_sec * kNanosPerSecond + now.tv_nsec - std::chrono::nanoseconds(kSettled).count()};
}

}  // namespace rcodescope
