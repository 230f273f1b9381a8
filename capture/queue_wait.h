// How a live queue waits for frames.
#pragma once

#include "capture/stop_signal.h"

namespace rcodescope {

// Waits until `frames` is readable, for kIdleWait at most. Before `stop` is raised, its raising and
// a readable `links` (-1: none) also end the wait; after that it is short.
void WaitForFrames(int frames, const StopSignal& stop, int links);

}  // namespace rcodescope
