// Where a spike of one code is, when some rate is above what is usual.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "aggregate/key_watches.h"
#include "aggregate/newcomers.h"
#include "aggregate/spike.h"

namespace rcodescope {

using AllWatches = std::array<KeyWatches, kSpikeDimensions>;

struct SpikeSearch {
  size_t code = 0;
  double surprise = 0;    // see RateWatch::SpanAbove
  double high_share = 0;  // see RateWatch::SpanHigh
  // More than usual, a step: less than this is no spike of its own, but part of one that many keys
  // have a part in.
  double least_excess = 0;
  double zone_part = 0;        // of what is usual of all: a zone must have as much more than usual
  bool without_sites = false;  // what they have is not told from a spike that goes on
  // Of the last steps, clients that had nothing before: see FindNewcomers. They vouch for what is
  // high enough to be a spike of all, and might be chance.
  std::function<Newcomers(size_t steps)> newcomers;
};

struct SpikePlace {
  SpikeDimension dimension = SpikeDimension::kOverall;
  std::string key;
  SpikeKind kind = SpikeKind::kAboveBaseline;
  size_t span = 0;  // steps over which it shows
  std::string site;
  KeyWatch* watch = nullptr;
};

// The narrowest of the dimensions that has most of what is more than usual: a zone, else a server,
// else a site, else all. Keys that a spike holds are passed over. Empty where there is none.
std::optional<SpikePlace> FindSpike(const AllWatches& watches, const SpikeSearch& search);

}  // namespace rcodescope
