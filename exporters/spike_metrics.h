// The metrics of spikes.
#pragma once

#include "aggregate/spike.h"
#include "exporters/metric_builder.h"

namespace rcodescope {

void AddSpikes(const SpikeReport& report, Families& families);

}  // namespace rcodescope
