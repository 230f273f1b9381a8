// Spikes in the report for people.
#pragma once

#include <string>

#include "aggregate/spike.h"
#include "exporters/text_report.h"

namespace rcodescope {

// The section's body: for each spike, the ones that go on first, what it is, since when, why it is
// thought to be that, and what to check next; then the siblings that disagree. Empty without any.
std::string SpikeSection(const SpikeReport& report, const TextStyle& style, size_t width);

}  // namespace rcodescope
