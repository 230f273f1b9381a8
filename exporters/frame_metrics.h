// Metric families about frames and the capture: where frames ended, what was lost on the way, how
// the capture fares.
#pragma once

#include "aggregate/snapshot.h"
#include "exporters/metric_builder.h"

namespace rcodescope {

void AddFrames(const Snapshot& snapshot, Families& families);

// Of a live capture; nothing in a replay.
void AddLiveStatus(const Snapshot& snapshot, Families& families);

}  // namespace rcodescope
