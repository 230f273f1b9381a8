// One run of the pipeline with the options that tests vary.
#pragma once

#include <string>

#include "aggregate/zone_policy.h"
#include "app/pipeline.h"
#include "capture/source.h"

namespace rcodescope {

inline constexpr char kPublicSuffixFile[] = "/usr/share/publicsuffix/public_suffix_list.dat";

// Zones as the program makes them by default. The list is read once for each key.
const ZonePolicy& DefaultZones(uint64_t key);

// A run with small tables (48 MiB) but for what `options` say.
PipelineOptions SmallOptions(size_t workers, uint64_t key);
Snapshot CountPackets(PacketSource& source, const PipelineOptions& options);

// All that users see of a snapshot: the four reports, one behind the other.
std::string Reports(const Snapshot& snapshot);

}  // namespace rcodescope
